// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Parties that take permits of semaphores and give them back, wherever their place puts them.

#include <string>
#include <troupe/bounded_semaphore.hpp>
#include <troupe/semaphore.hpp>
#include <vector>

#include "place.hpp"

/// A name of their own: what is called the same elsewhere would be taken for these.
namespace troupe::conformance::semaphores {

/// What a party keeps: with it, its permits go.
struct pouch {
  std::vector<permits> taken;
};
struct grabbed {
  std::size_t amount = 0;
  bool abandoned = false;
};

template <class Semaphore>
task<grabbed> grab(pouch& mine, Semaphore from, std::size_t n, limit timeout) {
  permits some = timeout ? co_await from.acquire(n, *timeout) : co_await from.acquire(n);
  const grabbed what{some.amount(), some.abandoned()};
  if (some) mine.taken.push_back(std::move(some));
  co_return what;
}
/// By the guard, awaited. \return what was wrong with it, or nothing
inline task<std::string> put_back(pouch& mine) {
  auto released = mine.taken.back().release().result();
  mine.taken.pop_back();
  const auto how = co_await released;
  co_return how ? "" : how.error().text;
}
/// By the handle. \return what was wrong with it, or nothing
template <class Semaphore>
task<std::string> hand_in(Semaphore to, std::size_t n) {
  auto released = to.release(n).result();
  const auto how = co_await released;
  co_return how ? "" : how.error().text;
}
/// Two scopes, one in the other; leaves them on its way to the end, or by an exception.
/// \return the value within, or -1 if it was thrown out
template <class Semaphore>
task<int> visit(Semaphore of, bool throws) {
  try {
    const permits outer = co_await of.acquire();
    const permits inner = co_await of.acquire();
    if (throws) throw std::runtime_error("from within");
    co_return static_cast<int>(co_await of.value());
  } catch (const std::runtime_error&) {
    co_return -1;
  }
}
template <class Semaphore>
using grabber = doer<pouch, &grab<Semaphore>, &put_back, &hand_in<Semaphore>, &visit<Semaphore>>;
template <class Semaphore>
using grabber_ref = doer_ref<&grab<Semaphore>, &put_back, &hand_in<Semaphore>, &visit<Semaphore>>;

/// Verbs of one grabber, from outside.
template <class Semaphore>
struct grabbing {
  place& here;
  Semaphore of;
  grabber_ref<Semaphore> who = here.spawn_apart<grabber<Semaphore>>();

  pending<grabbed> begin_grab(std::size_t n = 1, limit timeout = {}) const {
    return begin(here.system(), who.ask(told<&grab<Semaphore>>(of, n, timeout)));
  }
  grabbed grab_it(std::size_t n = 1, limit timeout = {}) const {
    auto taking = begin_grab(n, timeout);
    return finish_well(taking);
  }
  bool try_it() const { return grab_it(1, std::chrono::nanoseconds{}).amount == 1; }
  std::string give_it_back() const { return who.ask(told<&put_back>()).get(); }
  std::string release(std::size_t n = 1) const {
    return who.ask(told<&hand_in<Semaphore>>(of, n)).get();
  }
  int visit_it(bool throws) const { return who.ask(told<&visit<Semaphore>>(of, throws)).get(); }
};

/// `body(place&, semaphore)` with one of each kind, in every place.
template <class Body>
void with_each_semaphore(int value, Body body) {
  in_every_place([&](place& here) {
    body(here, here.make<semaphore>(std::ptrdiff_t{value}));
    body(here, here.make<bounded_semaphore>(std::ptrdiff_t{value}));
  });
}

}  // namespace troupe::conformance::semaphores
