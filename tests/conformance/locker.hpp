// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Parties that take and release locks, wherever their place puts them.

#include <string>
#include <troupe/lock.hpp>
#include <troupe/rlock.hpp>
#include <vector>

#include "place.hpp"

/// A name of their own: what is called the same elsewhere would be taken for these.
namespace troupe::conformance::locks {

/// What a party keeps: with it, its guards go.
struct pocket {
  std::vector<lock_guard> guards;
};
struct got {
  bool held = false;
  std::uint64_t fence = 0;
  bool abandoned = false;
};

template <class Lock>
task<got> take(pocket& mine, Lock door, limit timeout) {
  lock_guard guard = timeout ? co_await door.acquire(*timeout) : co_await door.acquire();
  const got what{static_cast<bool>(guard), guard.fence(), guard.abandoned()};
  if (guard) mine.guards.push_back(std::move(guard));
  co_return what;
}
/// By the guard, awaited. \return what was wrong with it, or nothing
inline task<std::string> give_back(pocket& mine) {
  auto released = mine.guards.back().release().result();
  mine.guards.pop_back();
  const auto how = co_await released;
  co_return how ? "" : how.error().text;
}
/// By the handle. \return what was wrong with it, or nothing
template <class Lock>
task<std::string> release(Lock door) {
  auto released = door.release().result();
  const auto how = co_await released;
  co_return how ? "" : how.error().text;
}
/// Takes it for a scope, and leaves that on its way to the end, or by an exception.
template <class Lock>
task<std::string> visit(Lock door, bool throws) {
  try {
    const lock_guard guard = co_await door.acquire();
    if (throws) throw std::runtime_error("from within");
  } catch (const std::runtime_error& e) {
    co_return e.what();
  }
  co_return "";
}
template <class Lock>
using locker = doer<pocket, &take<Lock>, &give_back, &release<Lock>, &visit<Lock>>;
template <class Lock>
using locker_ref = doer_ref<&take<Lock>, &give_back, &release<Lock>, &visit<Lock>>;

/// Verbs of one locker, from outside.
template <class Lock>
struct locking {
  place& here;
  Lock door;
  locker_ref<Lock> who = here.spawn_apart<locker<Lock>>();

  pending<got> begin_take(limit timeout = {}) const {
    return begin(here.system(), who.ask(told<&take<Lock>>(door, timeout)));
  }
  got take_it(limit timeout = {}) const {
    auto taking = begin_take(timeout);
    return finish_well(taking);
  }
  bool try_it() const { return take_it(std::chrono::nanoseconds{}).held; }
  std::string give_it_back() const { return who.ask(told<&give_back>()).get(); }
  std::string release_it() const { return who.ask(told<&release<Lock>>(door)).get(); }
  std::string visit_it(bool throws) const {
    return who.ask(told<&visit<Lock>>(door, throws)).get();
  }
};

/// `body(place&, door)` with a lock and with an rlock, in every place.
template <class Body>
void with_each_lock(Body body) {
  in_every_place([&](place& here) {
    body(here, here.make<lock>());
    body(here, here.make<rlock>());
  });
}

}  // namespace troupe::conformance::locks
