// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Those who put and get, wherever their place puts them, and the queues in each order.

#include <troupe/joinable_queue.hpp>
#include <troupe/lifo_queue.hpp>
#include <troupe/priority_queue.hpp>
#include <troupe/simple_queue.hpp>

#include "place.hpp"

namespace troupe::conformance {

using jobs = joinable_queue<int>;

/// How a get came out: an item, or why there is none.
struct got {
  std::optional<int> item;
  queue_status status = queue_status::done;
  bool operator==(const got&) const = default;
};
inline got item_of(const taken<int>& one) {
  return {one ? std::optional(*one) : std::nullopt, one.status()};
}

namespace queue_verbs {

inline task<put_result> put(queue<int> to, int item, limit patience) {
  co_return patience ? co_await to.put(item, *patience) : co_await to.put(item);
}
inline task<got> get(queue<int> from, limit patience) {
  co_return item_of(patience ? co_await from.get(*patience) : co_await from.get());
}
/// So many from `first` on, one after the other. \return how many were taken in
inline task<int> put_count(queue<int> to, int first, int count) {
  int done = 0;
  for (int i = 0; i < count; ++i) done += co_await to.put(first + i) ? 1 : 0;
  co_return done;
}
/// Until there are so many, or the queue is over.
inline task<std::vector<int>> get_count(queue<int> from, std::size_t count) {
  std::vector<int> all;
  while (all.size() < count) {
    const auto one = co_await from.get();
    if (!one) break;
    all.push_back(*one);
  }
  co_return all;
}
inline task<std::vector<int>> get_each_way(queue<int> from, int rounds) {
  std::vector<int> all;
  for (int i = 0; i < rounds; ++i) {
    all.push_back((co_await from.get()).value());
    all.push_back((co_await from.get(std::chrono::seconds{20})).value());
    all.push_back((co_await from.get_nowait()).value());
    all.push_back((co_await from.get_many(1)).value().front());
  }
  co_return all;
}
inline task<std::size_t> size_of(queue<int> whose) { co_return co_await whose.qsize(); }
inline task<bool> is_empty(queue<int> whose) { co_return co_await whose.empty(); }
inline task<bool> is_full(queue<int> whose) { co_return co_await whose.full(); }

/// Takes one and keeps it: not done, until the end of whoever took it.
inline task<int> take_job(jobs from) {
  auto one = co_await from.get();
  co_return one ? *one : -1;
}
/// Does jobs until one is negative, or there will be none. \return how many
inline task<int> work(jobs from) {
  int done = 0;
  while (const auto one = co_await from.get()) {
    if (*one >= 0) ++done;
    co_await from.task_done();
    if (*one < 0) break;
  }
  co_return done;
}
inline task<std::size_t> join(jobs all) { co_return (co_await all.join()).failures; }

}  // namespace queue_verbs

using queue_party_class =
    doer<nothing_kept, &queue_verbs::put, &queue_verbs::get, &queue_verbs::put_count,
         &queue_verbs::get_count, &queue_verbs::get_each_way, &queue_verbs::size_of,
         &queue_verbs::is_empty, &queue_verbs::is_full, &queue_verbs::take_job, &queue_verbs::work,
         &queue_verbs::join>;
using queue_party_ref = decltype(std::declval<place&>().spawn_apart<queue_party_class>());

inline queue_party_ref queue_party(place& here) { return here.spawn_apart<queue_party_class>(); }

/// A verb of a party, under way.
template <auto Verb, class... Args>
auto let(place& here, const queue_party_ref& who, Args... args) {
  return begin(here.system(), who.ask(told<Verb>(std::move(args)...)));
}
/// The same, to its end.
template <auto Verb, class... Args>
auto by(const queue_party_ref& who, Args... args) {
  return who.ask(told<Verb>(std::move(args)...)).get();
}

inline queue<int> fifo_of(actor_system& system, std::size_t maxsize) {
  return queue<int>::spawn(system, {.maxsize = maxsize});
}
inline queue<int> lifo_of(actor_system& system, std::size_t maxsize) {
  return lifo_queue<int>::spawn(system, {.maxsize = maxsize});
}
inline queue<int> least_first_of(actor_system& system, std::size_t maxsize) {
  return priority_queue<int>::spawn(system, {.maxsize = maxsize});
}
inline jobs jobs_of(actor_system& system, std::size_t maxsize, unsigned deliveries) {
  return jobs::spawn(system, {.maxsize = maxsize, .deliveries = deliveries});
}

/// `body(place&, queue<int>)` with a new queue of each order, in each place.
template <class Body>
void with_each_order(std::size_t maxsize, Body body) {
  in_every_place([&](place& here) {
    for (const auto& q : {here.make<&fifo_of>(maxsize), here.make<&lifo_of>(maxsize),
                          here.make<&least_first_of>(maxsize)}) {
      INFO(q.describe().get());
      body(here, q);
    }
  });
}

/// Until so many wait to put or to get.
template <class Queue>
void wait_until_waiting(const Queue& q, std::size_t count) {
  eventually([&] { return q.waiting().get() == count; });
}

}  // namespace troupe::conformance
