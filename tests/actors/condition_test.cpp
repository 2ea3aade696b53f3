// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <eventually.hpp>
#include <troupe/actor_system.hpp>
#include <troupe/codec.hpp>
#include <troupe/condition.hpp>
#include <troupe/lock.hpp>

namespace condition_test {

using namespace troupe;
using namespace std::chrono_literals;

/// Sleeps once, and says how that ended.
behavior sleeper(mailbox<>, condition c, std::atomic<int>& woken) {
  const lock_guard held = co_await c.acquire();
  woken += static_cast<bool>(co_await c.wait());
}

TEST_CASE("condition: bad timeouts are refused before anything is sent, and named") {
  actor_system system({.workers = 2});
  const condition c = condition::spawn(system);
  CHECK_THROWS_WITH_AS((void)c.wait(-1ns), "condition::wait: timeout is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)c.wait_for([] { return true; }, -1ns),
                       "condition::wait_for: timeout is negative", std::invalid_argument);
  CHECK_THROWS_AS(condition::spawn_owned(), misuse_error);
  CHECK_THROWS_AS((void)condition{}.wait().get(), actor_down);
}

TEST_CASE("condition: a handle travels, and two on one lock are told apart") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  const condition full = condition::on(system, door);
  const condition empty = condition::on(system, door);
  CHECK(full != empty);
  CHECK(full.coordinator() == door.coordinator());
  byte_buffer none;
  encode(none, condition{});
  const auto back = decode<condition>(none.bytes());
  REQUIRE(back.has_value());
  CHECK_FALSE(*back);
}

TEST_CASE("condition: the fence rises while one waits") {
  actor_system system({.workers = 2});
  const condition c = condition::spawn(system);
  const lock_guard held = c.acquire().get();
  const wait_result late = c.wait(0ns).get();
  CHECK_FALSE(late);
  CHECK(late.fence > held.fence());
  CHECK(c.locked().get());
}

TEST_CASE("condition: a wait whose deadline has passed does not get the lock back") {
  actor_system system({.workers = 2});
  const condition c = condition::spawn(system);
  const auto careless = system.spawn(
      [](mailbox<>, condition on) -> behavior {
        lock_guard held = co_await on.acquire();
        auto asked = on.coordinator().ask(messages::condition_wait{}, 5ms).result();
        const auto how = co_await asked;
        CHECK(how.error().code == errc::timeout);
      },
      c);
  system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(careless));
  eventually([&] { return c.sleeping().get() == 0 && !c.locked().get(); });
  CHECK_FALSE(c.acquire(10s).get().abandoned());
}

TEST_CASE("condition: one who gives up after it was notified hands the notification on") {
  actor_system system({.workers = 2});
  const condition c = condition::spawn(system);
  std::atomic<int> woken = 0;
  const auto dying = system.spawn<&sleeper>(c, std::ref(woken));
  eventually([&] { return c.sleeping().get() == 1; });
  (void)system.spawn<&sleeper>(c, std::ref(woken));
  eventually([&] { return c.sleeping().get() == 2; });
  {
    const lock_guard held = c.acquire().get();
    CHECK(c.notify().get() == 1);
    dying.kill();
    eventually([&] { return c.sleeping().get() == 0; });
    CHECK(woken == 0);
  }
  eventually([&] { return woken == 1; });
}

}  // namespace condition_test
