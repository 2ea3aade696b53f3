// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <eventually.hpp>
#include <thread>
#include <troupe/barrier.hpp>
#include <troupe/condition.hpp>
#include <troupe/event.hpp>
#include <troupe/latch.hpp>
#include <troupe/lock.hpp>
#include <troupe/queue.hpp>
#include <troupe/rwlock.hpp>
#include <troupe/semaphore.hpp>
#include <troupe/simulation.hpp>
#include <troupe/snapshot.hpp>

namespace waiting_line_test {

using namespace troupe;
using namespace std::chrono_literals;

/// What a snapshot says of those who wait in line at an actor.

struct line {
  std::size_t length = 0;
  std::chrono::nanoseconds eldest{0};
  friend bool operator==(const line&, const line&) = default;
};
doctest::String toString(const line& l) {
  return doctest::String(std::to_string(l.length).c_str()) + ", " +
         doctest::String(std::to_string(l.eldest.count()).c_str()) + " ns";
}

line line_at(actor_system& system, const actor_ref<>& whom) {
  const system_snapshot all = system.snapshot(far_too_long);
  const actor_snapshot* a = all.find(whom);
  REQUIRE(a);
  CHECK(a->answered);
  return {a->in_line, a->eldest};
}

/// Begins a wait, and asserts that a snapshot sees it, at this age; then another.
template <class Begin>
void is_seen(simulation& sim, const actor_ref<>& coordinator, Begin begin) {
  auto& system = sim.system();
  const auto waits = [&] {
    return system.spawn([begin](mailbox<>) -> behavior { co_await begin(); });
  };
  sim.run_for(1ms);
  CHECK(line_at(system, coordinator) == line{});
  const auto first = waits();
  sim.run_for(3s);
  CHECK(line_at(system, coordinator) == line{1, 3s});
  const auto second = waits();
  sim.run_for(2s);
  CHECK(line_at(system, coordinator) == line{2, 5s});
  first.kill();
  sim.run_for(1s);
  CHECK(line_at(system, coordinator) == line{1, 3s});
  second.kill();
  sim.run_for(1s);
  CHECK(line_at(system, coordinator) == line{});
}

task<void> take(lock door) { const lock_guard held = co_await door.acquire(); }
task<void> read(rwlock door) { const lock_guard held = co_await door.acquire_shared(); }
task<void> permit(semaphore places) { const permits some = co_await places.acquire(); }
task<void> get(queue<int> items) { (void)co_await items.get().result(); }
task<void> pass(barrier gate) { (void)co_await gate.wait(); }
task<void> see(event news) { co_await news.wait(); }
task<void> finish(latch all) { (void)co_await all.wait(); }
task<void> hear(condition items) {
  const lock_guard held = co_await items.acquire();
  (void)co_await items.wait();
}

TEST_CASE("waiting line: a snapshot tells how many wait for each thing, and since when") {
  simulation sim(1);
  auto& system = sim.system();
  SUBCASE("lock") {
    const lock door = lock::spawn(system);
    const auto holder = system.spawn([=](mailbox<>) -> behavior {
      const lock_guard held = co_await door.acquire();
      co_await sleep_for(1h);
    });
    is_seen(sim, door.coordinator(), [=] { return take(door); });
    holder.kill();
  }
  SUBCASE("rwlock") {
    const rwlock door = rwlock::spawn(system);
    const auto holder = system.spawn([=](mailbox<>) -> behavior {
      const lock_guard held = co_await door.acquire();
      co_await sleep_for(1h);
    });
    is_seen(sim, door.coordinator(), [=] { return read(door); });
    holder.kill();
  }
  SUBCASE("semaphore") {
    const semaphore places = semaphore::spawn(system, 0);
    is_seen(sim, places.coordinator(), [=] { return permit(places); });
  }
  SUBCASE("queue") {
    const auto items = queue<int>::spawn(system);
    is_seen(sim, items.coordinator(), [=] { return get(items); });
  }
  SUBCASE("barrier") {
    const barrier gate = barrier::spawn(system, {.parties = 3});
    const auto one = system.spawn([=](mailbox<>) -> behavior { co_await pass(gate); });
    sim.run_for(4s);
    CHECK(line_at(system, gate.coordinator()) == line{1, 4s});
    one.kill();
  }
  SUBCASE("event") {
    const event news = event::spawn(system);
    is_seen(sim, news.coordinator(), [=] { return see(news); });
  }
  SUBCASE("latch") {
    const latch all = latch::spawn(system, 1);
    is_seen(sim, all.coordinator(), [=] { return finish(all); });
  }
  SUBCASE("condition") {
    const condition items = condition::spawn(system);
    is_seen(sim, items.coordinator(), [=] { return hear(items); });
  }
}

TEST_CASE("waiting line: of several lines of one coordinator they are counted together") {
  simulation sim(1);
  auto& system = sim.system();
  const condition items = condition::spawn(system);
  const auto sleeper = system.spawn([=](mailbox<>) -> behavior { co_await hear(items); });
  sim.run_for(2s);
  const auto holder = system.spawn([=](mailbox<>) -> behavior {
    const lock_guard held = co_await items.acquire();
    co_await sleep_for(1h);
  });
  sim.run_for(1s);
  const auto waiter = system.spawn(
      [=](mailbox<>) -> behavior { const lock_guard held = co_await items.acquire(); });
  sim.run_for(1s);
  CHECK(line_at(system, items.coordinator()) == line{2, 4s});
  for (const auto& who : {sleeper, holder, waiter}) who.kill();
}

TEST_CASE("waiting line: it is in the table, for those at whom somebody waits") {
  simulation sim(1);
  auto& system = sim.system();
  const event news = event::spawn(system);
  const auto one = system.spawn([=](mailbox<>) -> behavior { co_await see(news); });
  sim.run_for(90s);
  const std::string text = to_string(system.snapshot());
  CHECK(text.find("in line") != std::string::npos);
  CHECK(text.find("1 (90.0 s)") != std::string::npos);
  one.kill();
}

TEST_CASE(
    "waiting line: it is read while others come and go, by threads that know nothing of them") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  std::atomic<int> over = 0;
  constexpr int visitors = 8;
  for (int i = 0; i < visitors; ++i) {
    system.spawn([&over, door](mailbox<>) -> behavior {
      for (int round = 0; round < 300; ++round) {
        const lock_guard held = co_await door.acquire(round % 3 == 0 ? 1ns : 1h);
      }
      ++over;
    });
  }
  std::size_t longest = 0;
  const auto look = [&] {
    const line seen = line_at(system, door.coordinator());
    CHECK(seen.length < visitors);
    CHECK(seen.eldest < far_too_long);
    longest = std::max(longest, seen.length);
  };
  while (over != visitors) look();
  eventually([&] { return line_at(system, door.coordinator()) == line{}; });
}

}  // namespace waiting_line_test
