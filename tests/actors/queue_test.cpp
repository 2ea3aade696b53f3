// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/lifo_queue.hpp>
#include <troupe/priority_queue.hpp>
#include <troupe/simple_queue.hpp>
#include <troupe/simulation.hpp>
#include <troupe/when.hpp>

namespace queue_test {

using namespace troupe;
using namespace std::chrono_literals;

/// Gets one item and passes it on.
behavior getter(mailbox<>, queue<int> from, queue<int> to) {
  if (auto item = co_await from.get()) (void)co_await to.put(*item);
}
behavior putter(mailbox<>, queue<int> to, int item) { (void)co_await to.put(item); }

/// Wants one of two items, so that one get is withdrawn, perhaps when its item has left the queue.
task<int> one_of(queue<int> a, queue<int> b) {
  auto got = co_await when_any(a.get(), b.get());
  co_return got.index() == 0 ? **std::get<0>(got) : **std::get<1>(got);
}

/// What compares as long as nobody forbids it.
struct touchy {
  int value = 0;
  static inline bool forbidden = false;
  bool operator<(const touchy& other) const {
    if (forbidden) throw std::runtime_error("compared");
    return value < other.value;
  }
};

/// What can only be moved, and not leave the process.
struct only_here {
  static constexpr bool local_only = true;
  std::unique_ptr<int> p;
};

void wait_for(const queue<int>& q, std::size_t waiting) {
  eventually([&] { return q.waiting().get() == waiting; });
}

TEST_CASE("queue: a default-made handle refers to nothing, a made one to one queue") {
  actor_system system({.workers = 2});
  const queue<int> none;
  CHECK_FALSE(none);
  CHECK_THROWS_AS((void)none.get().get(), actor_down);
  static_assert(encodable<queue<int>> && std::is_trivially_copyable_v<queue<int>>);
}

TEST_CASE("queue: bad arguments are refused before anything is sent, and named") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system);
  CHECK_THROWS_WITH_AS((void)q.get(-1ns), "queue::get: timeout is negative", std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)q.put(1, -1ns), "queue::put: timeout is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)q.get_many(0), "queue::get_many: items_max is 0",
                       std::invalid_argument);
  CHECK_THROWS_AS(queue<int>::spawn_owned(), misuse_error);
}

TEST_CASE("queue: a refusal is a value, and an exception only for who wants one") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system, {.maxsize = 1});
  CHECK(q.put(1).get());
  CHECK(q.put_nowait(2).get().is_full());
  CHECK_THROWS_AS(q.put(2, 1ms).get().value(), queue_full);
  CHECK(*q.get().get() == 1);
  CHECK(q.get_nowait().get().is_empty());
  CHECK_THROWS_AS((void)q.get(1ms).get().value(), queue_empty);
  q.shutdown().get();
  CHECK_THROWS_AS((void)q.get().get().value(), queue_shut_down);
  CHECK_THROWS_AS(q.put(1).get().value(), queue_shut_down);
}

TEST_CASE("queue: waiting putters get room, and waiting getters items, in the order they came") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system, {.maxsize = 1});
  for (int i = 0; i < 5; ++i) {
    system.spawn<putter>(q, i);
    eventually([&] { return q.qsize().get() + q.waiting().get() == std::size_t(i + 1); });
  }
  for (int i = 0; i < 5; ++i) CHECK(*q.get().get() == i);

  std::vector<queue<int>> got;
  for (int i = 0; i < 3; ++i) {
    got.push_back(queue<int>::spawn(system));
    system.spawn<getter>(q, got.back());
    wait_for(q, got.size());
  }
  CHECK(q.put_many({10, 11, 12}).get().items == 3);
  for (int i = 0; i < 3; ++i) CHECK(*got[std::size_t(i)].get().get() == 10 + i);
}

TEST_CASE("queue: many can be put at once, beyond the bound as room appears") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system, {.maxsize = 2});
  const put_result some = q.put_many({1, 2, 3}, 1ms).get();
  CHECK(some.is_full());
  CHECK(some.items == 2);
  CHECK(*q.get_many(10).get() == std::vector{1, 2});
  system.spawn([](mailbox<>, queue<int> to) -> behavior { (void)co_await to.put_many({4, 5, 6}); },
               q);
  wait_for(q, 1);
  CHECK(*q.get().get() == 4);
  eventually([&] { return q.waiting().get() == 0; });
  CHECK(*q.get_many(1).get() == std::vector{5});
  CHECK(*q.get_many(9).get() == std::vector{6});
  CHECK(q.get_many(9, 0ms).get().is_empty());
}

TEST_CASE("queue: a putter that ends while it waits has put nothing") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system, {.maxsize = 1});
  CHECK(q.put(0).get());
  const auto dying = system.spawn<putter>(q, 1);
  wait_for(q, 1);
  dying.kill();
  wait_for(q, 0);
  CHECK(*q.get().get() == 0);
  CHECK(q.qsize().get() == 0);
}

TEST_CASE("queue: the item goes to the next getter when one ends while it waits") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system);
  const auto out = queue<int>::spawn(system);
  const auto dying = system.spawn<getter>(q, out);
  wait_for(q, 1);
  system.spawn<getter>(q, out);
  wait_for(q, 2);
  dying.kill();
  CHECK(q.put(7).get());
  CHECK(*out.get().get() == 7);
}

TEST_CASE("queue: who gives up takes nothing along, though its answer is on the way") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system);
  for (int i = 0; i < 300; ++i) {
    const auto other = queue<int>::spawn(system);
    (void)q.put(i).get();
    (void)other.put(i).get();
    CHECK(system.run(one_of(q, other)) == i);
    eventually([&] { return q.qsize().get() + other.qsize().get() == 1; });
    if (q.qsize().get() == 1) CHECK(*q.get().get() == i);
    other.coordinator().stop();
  }
}

TEST_CASE("queue: what comes back goes to its old place") {
  int came_back = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    simulation sim({.seed = seed});
    const auto fifo = queue<int>::spawn(sim.system());
    const queue<int> lifo = lifo_queue<int>::spawn(sim.system());
    for (const auto& [each, order] :
         {std::pair{fifo, std::vector{1, 2, 3}}, std::pair{lifo, std::vector{3, 2, 1}}}) {
      (void)each.put_many({1, 2, 3}).get();
      const auto other = queue<int>::spawn(sim.system());
      (void)other.put(0).get();
      const bool from_other = sim.system().run(one_of(each, other)) == 0;
      sim.run();
      auto left = order;
      if (!from_other) left.erase(left.begin());
      came_back += from_other;
      CHECK(*each.get_many(9).get() == left);
      CHECK(other.qsize().get() == (from_other ? 0 : 1));
    }
  }
  CHECK(came_back > 0);
}

TEST_CASE("queue: an answer that nobody has looked at may be dropped: it was received") {
  actor_system system({.workers = 2});
  const auto q = queue<int>::spawn(system);
  (void)q.put(1).get();
  (void)q.get().get();
  CHECK(q.get(20ms).get().is_empty());
}

TEST_CASE("queue: after a graceful shutdown what comes back is still handed out, then it is over") {
  actor_system system({.workers = 1});
  const auto q = queue<int>::spawn(system);
  (void)q.put(1).get();
  q.shutdown().get();
  const auto out = queue<int>::spawn(system);
  const auto dying = system.spawn<getter>(q, out);
  dying.kill();  // with the item or before it
  auto got = q.get().get();
  if (got) CHECK(*got == 1);
  if (!got) CHECK(*out.get().get() == 1);
  CHECK(q.get().get().is_shut_down());
}

TEST_CASE("queue: an item that can only be moved is queued here like any other") {
  actor_system system({.workers = 2});
  const auto q = queue<only_here>::spawn(system);
  (void)q.put(only_here{std::make_unique<int>(5)}).get();
  auto got = q.get().get();
  REQUIRE(got);
  CHECK(*got->p == 5);
}

TEST_CASE("queue: the four kinds differ in their order only") {
  actor_system system({.workers = 2});
  const auto lifo = lifo_queue<int>::spawn(system);
  const auto least = priority_queue<int>::spawn(system);
  const auto simple = simple_queue<int>::spawn(system);
  for (const queue<int>& q : {queue<int>(lifo), queue<int>(least), queue<int>(simple)}) {
    CHECK(q.put_many({2, 3, 1}).get());
  }
  CHECK(*lifo.get_many(9).get() == std::vector{1, 3, 2});
  CHECK(*least.get_many(9).get() == std::vector{1, 2, 3});
  CHECK(*simple.get_many(9).get() == std::vector{2, 3, 1});
  CHECK(simple.put_many(std::vector<int>(10'000)).get());
  CHECK(simple.describe().get() == "queue: 10000 items");
}

TEST_CASE("priority_queue: a comparison that throws fails that put and changes nothing") {
  actor_system system({.workers = 2});
  const auto q = priority_queue<touchy>::spawn(system);
  (void)q.put({2}).get();
  touchy::forbidden = true;
  CHECK_THROWS_WITH_AS((void)q.put({1}).get(), "std::runtime_error: compared", handler_error);
  touchy::forbidden = false;
  CHECK(q.qsize().get() == 1);
  (void)q.put({1}).get();
  CHECK((*q.get().get()).value == 1);
  CHECK((*q.get().get()).value == 2);
}

}  // namespace queue_test
