// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stop_token>
#include <troupe/actor_system.hpp>
#include <troupe/codec.hpp>
#include <troupe/lock.hpp>
#include <troupe/rlock.hpp>
#include <troupe/when.hpp>

namespace lock_test {

using namespace troupe;
using namespace std::chrono_literals;

struct go {};
struct flag_of {
  using reply = lock;
};
class owner : public actor<flag_of> {
 public:
  lock on(flag_of) { return lock::spawn_owned(); }
};

/// Takes it, says so, and keeps it until told, or for good.
behavior keeper(mailbox<go> mail, lock door, bool& has) {
  const lock_guard held = co_await door.acquire();
  has = static_cast<bool>(held);
  co_await mail.receive<go>();
}

/// A holder and one who waits behind it.
struct scene {
  actor_system system{{.workers = 2}};
  lock door = lock::spawn(system);
  bool has = false;
  bool has_too = false;
  actor_ref<go> holder = system.spawn<&keeper>(door, std::ref(has));

  scene() {
    eventually([&] { return door.locked().get(); });
  }
  actor_ref<go> one_more() {
    const std::size_t before = door.waiting().get();
    auto who = system.spawn<&keeper>(door, std::ref(has_too));
    eventually([&] { return door.waiting().get() == before + 1; });
    return who;
  }
};

TEST_CASE("lock: a default-made handle refers to nothing and says so") {
  const lock none;
  CHECK_FALSE(none);
  CHECK_THROWS_AS((void)none.acquire().get(), actor_down);
  CHECK_THROWS_AS(lock::spawn_owned(), misuse_error);
}

TEST_CASE("lock: an owned one ends with its owner") {
  actor_system system({.workers = 2});
  const auto who = system.spawn<owner>();
  const lock door = who.ask(flag_of{}).get();
  CHECK(door.acquire().get());
  who.stop();
  system.run([](actor_ref<> at) -> task<void> { co_await ended(at); }(door.coordinator()));
  CHECK_THROWS_AS((void)door.locked().get(), actor_down);
}

TEST_CASE("lock: an acquire that was told instead of asked takes nothing") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  door.coordinator().tell(messages::lock_acquire{});
  CHECK_FALSE(door.locked().get());
}

TEST_CASE("lock guard: it can be moved, and holds until the last place it was moved to goes") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  lock_guard outer;
  CHECK_FALSE(outer);
  {
    lock_guard inner = door.acquire().get();
    outer = std::move(inner);
    CHECK_FALSE(inner);  // NOLINT(bugprone-use-after-move)
  }
  CHECK(door.locked().get());
  outer = lock_guard{};
  CHECK_FALSE(door.locked().get());
}

TEST_CASE("lock guard: a second release is an error, and one of an empty guard, too") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  lock_guard held = door.acquire().get();
  held.release().get();
  CHECK_THROWS_AS(held.release().get(), misuse_error);
  const lock_guard other = door.acquire().get();
  lock_guard empty = door.try_acquire().get();
  CHECK_FALSE(empty);
  CHECK_THROWS_AS(empty.release().get(), misuse_error);
  CHECK(door.locked().get());
}

TEST_CASE("lock: it says who holds it and who waits, and for how long") {
  scene s;
  const auto second = s.one_more();
  const auto owner = s.door.owner().get();
  REQUIRE(owner);
  CHECK(owner->who == s.holder);
  CHECK_FALSE(owner->by_thread);
  const holdings_report all = s.door.holdings().get();
  REQUIRE(all.held.size() == 1);
  REQUIRE(all.wanted.size() == 1);
  CHECK(all.held[0].who == s.holder);
  CHECK(all.wanted[0].who == second);
  CHECK(all.held[0].age >= all.wanted[0].age);
  CHECK(s.door.holdings().get().wanted[0].age > all.wanted[0].age);
}

TEST_CASE("lock: a plain thread holds it as such, beyond the ask that it made") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  const lock_guard held = door.acquire().get();
  eventually([&] { return system.live_actors() == 1; });  // who asked for us is gone
  const auto owner = door.owner().get();
  REQUIRE(owner);
  CHECK(owner->by_thread);
  CHECK_FALSE(door.try_acquire().get());
}

TEST_CASE("lock: who gives up leaves the line, and what is granted meanwhile goes to the next") {
  scene s;
  std::stop_source enough;
  const auto give_up = s.system.spawn(
      [](mailbox<>, lock door, std::stop_token token) -> behavior {
        auto asked = door.coordinator().ask(messages::lock_acquire{}, token).result();
        CHECK((co_await asked).error().code == errc::cancelled);
        auto late = door.coordinator().ask(messages::lock_acquire{}, 1ms).result();
        CHECK((co_await late).error().code == errc::timeout);
      },
      s.door, enough.get_token());
  eventually([&] { return s.door.waiting().get() == 1; });
  s.one_more();
  enough.request_stop();
  s.system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(give_up));
  eventually([&] { return s.door.waiting().get() == 1; });
  s.holder.tell(go{});
  eventually([&] { return s.door.waiting().get() == 0; });
  CHECK(s.door.locked().get());
}

TEST_CASE("lock: a grant that came too late for its asker goes back") {
  actor_system system({.workers = 2});
  const lock door = lock::spawn(system);
  // Whichever of the two comes first, the lock is free in the end.
  for (int i = 0; i < 200; ++i) {
    std::stop_source enough;
    const auto asker = system.spawn(
        [](mailbox<>, lock at, std::stop_token token) -> behavior {
          auto asked = at.coordinator().ask(messages::lock_acquire{}, token).result();
          (void)co_await asked;
        },
        door, enough.get_token());
    if (i % 2 == 0) {
      enough.request_stop();
    } else {
      asker.kill();
    }
    const lock_guard next = door.acquire(10s).get();
    REQUIRE(next);
  }
}

TEST_CASE("lock: when one hears of a holder's death, the lock has passed on") {
  for (int i = 0; i < 50; ++i) {
    scene s;
    bool locked = true;
    s.system.run([](actor_ref<go> holder, lock door, bool& still) -> task<void> {
      auto watching = ended(holder);
      holder.kill();
      co_await watching;
      still = co_await door.locked();
    }(s.holder, s.door, locked));
    REQUIRE_FALSE(locked);
  }
}

TEST_CASE("rlock: all that takes part in one run is one owner; threads are another") {
  actor_system system({.workers = 2});
  const rlock door = rlock::spawn(system);
  const std::size_t levels = system.run([](rlock r) -> task<std::size_t> {
    const lock_guard outer = co_await r.acquire();
    const lock_guard inner = co_await r.acquire();
    co_return co_await r.count();
  }(door));
  CHECK(levels == 2);
  const lock_guard outer = door.acquire().get();
  const lock_guard inner = door.acquire().get();
  CHECK(door.count().get() == 2);
  CHECK(door.describe().get() == "rlock: locked, 2 levels");
}

}  // namespace lock_test
