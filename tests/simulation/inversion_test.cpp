// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <troupe/condition.hpp>
#include <troupe/detail/urgency.hpp>
#include <troupe/lock.hpp>
#include <troupe/simulation.hpp>

namespace inversion_test {

/// Priority inversion: an urgent actor waits for a lock whose holder waits for its turns behind many who are
/// busy. What counts is how many turns those get meanwhile.
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct go {};

constexpr int hogs = 50;
constexpr int holder_turns = 400;
/// Without inheritance there are about hogs * holder_turns.
constexpr int hog_turns_max = hogs * holder_turns / 5;
constexpr spawn_options first{.priority = urgent};

bool is_urgent_now(const actor_ref<>& whom) { return detail::is_urgent_actor(whom.where()); }

/// A system in which fifty actors always have something to do.
struct busy_place {
  simulation sim;
  int hog_turns = 0;
  bool over = false;

  explicit busy_place(std::uint64_t seed) : sim(seed) {
    for (int i = 0; i < hogs; ++i) {
      sim.system().spawn([this](mailbox<go> mail) -> behavior {
        while (!over) {
          mail.self().tell(go{});
          co_await mail.receive<go>();
          ++hog_turns;
        }
      });
    }
  }
  template <class Condition>
  void until(Condition so) {
    while (!so()) REQUIRE(sim.step());
  }
  /// Ends the hogs, so that the rest of a test is in nobody's way.
  void settle() {
    over = true;
    sim.run();
  }
};

/// Has the lock for as many turns as that takes, then until it is told to end, if it is.
behavior holder(mailbox<go> mail, lock door, int turns, bool& has) {
  const lock_guard held = co_await door.acquire();
  has = true;
  for (int i = 0; i < turns; ++i) {
    mail.self().tell(go{});
    co_await mail.receive<go>();
  }
}
behavior keeper(mailbox<go> mail, lock door, bool& has) {
  const lock_guard held = co_await door.acquire();
  has = true;
  co_await mail.receive<go>();
}
behavior taker(mailbox<>, lock door, bool& has) {
  const lock_guard held = co_await door.acquire();
  has = static_cast<bool>(held);
}
/// Has `outer`, and waits for `inner`.
behavior both(mailbox<>, lock outer, lock inner, bool& has) {
  const lock_guard one = co_await outer.acquire();
  has = true;
  const lock_guard two = co_await inner.acquire();
}

}  // namespace

TEST_CASE(
    "inversion: an urgent waiter's lock comes after the holder's turns, not after everybody's") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    busy_place place(seed);
    const lock door = lock::spawn(place.sim.system());
    bool low_has = false, high_has = false;
    place.sim.system().spawn<&holder>(door, holder_turns, std::ref(low_has));
    place.until([&] { return low_has; });
    place.hog_turns = 0;
    place.sim.system().spawn<&taker>(first, door, std::ref(high_has));
    place.until([&] { return high_has; });
    CAPTURE(seed);
    CHECK(place.hog_turns < hog_turns_max);
    CHECK(place.hog_turns > holder_turns / 10);  // nor do they wait for ever
    place.settle();
  }
}

TEST_CASE("inversion: the same along two locks") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    busy_place place(seed);
    const lock near = lock::spawn(place.sim.system());
    const lock far = lock::spawn(place.sim.system());
    bool low_has = false, middle_has = false, high_has = false;
    place.sim.system().spawn<&holder>(far, holder_turns, std::ref(low_has));
    place.until([&] { return low_has; });
    place.sim.system().spawn<&both>(near, far, std::ref(middle_has));
    place.until([&] { return middle_has; });
    place.hog_turns = 0;
    place.sim.system().spawn<&taker>(first, near, std::ref(high_has));
    place.until([&] { return high_has; });
    CAPTURE(seed);
    CHECK(place.hog_turns < hog_turns_max);
    place.settle();
  }
}

namespace {

/// One who holds the lock, and an urgent one behind it.
struct pair_at_lock {
  simulation sim{1};
  lock door = lock::spawn(sim.system());
  bool low_has = false, high_has = false;
  actor_ref<go> low = sim.system().spawn<&keeper>(door, std::ref(low_has));
  actor_ref<go> high = begin_high();

  actor_ref<go> begin_high() {
    sim.run();
    REQUIRE(low_has);
    CHECK_FALSE(is_urgent_now(low));
    auto who = sim.system().spawn<&keeper>(first, door, std::ref(high_has));
    sim.run();
    CHECK_FALSE(high_has);
    CHECK(is_urgent_now(who));
    CHECK(is_urgent_now(low));
    return who;
  }
  void end() {
    for (const auto& who : {low, high}) who.kill();
    sim.run();
    CHECK_FALSE(is_urgent_now(door.coordinator()));
    CHECK_FALSE(door.locked().get());
  }
};

}  // namespace

TEST_CASE(
    "inversion: what the holder was lent goes back with the lock, and to nobody but the next") {
  pair_at_lock s;
  bool last_has = false;
  const auto last = s.sim.system().spawn<&keeper>(s.door, std::ref(last_has));
  s.sim.run();
  s.low.tell(go{});
  s.sim.run();
  CHECK(s.high_has);
  CHECK_FALSE(is_urgent_now(s.door.coordinator()));
  CHECK(is_urgent_now(s.high));  // by itself
  s.high.tell(go{});
  s.sim.run();
  CHECK(last_has);
  CHECK_FALSE(is_urgent_now(last));
  last.tell(go{});
  s.end();
}

TEST_CASE("inversion: it goes from one holder to the next as long as the urgent one waits") {
  simulation sim(1);
  const lock door = lock::spawn(sim.system());
  bool one_has = false, two_has = false, high_has = false;
  const auto one = sim.system().spawn<&keeper>(door, std::ref(one_has));
  sim.run();
  const auto two = sim.system().spawn<&keeper>(door, std::ref(two_has));
  sim.run();
  const auto high = sim.system().spawn<&keeper>(first, door, std::ref(high_has));
  sim.run();
  CHECK(is_urgent_now(one));
  CHECK_FALSE(is_urgent_now(two));
  SUBCASE("who gives it back") { one.tell(go{}); }
  SUBCASE("who dies") { one.kill(); }
  sim.run();
  CHECK(two_has);
  CHECK(is_urgent_now(two));
  two.tell(go{});
  high.tell(go{});
  sim.run();
  CHECK(high_has);
}

TEST_CASE("inversion: what was lent goes back when the urgent one waits no more") {
  pair_at_lock s;
  SUBCASE("since it has died") { s.high.kill(); }
  SUBCASE("since the lock's holder has died") { s.low.kill(); }
  s.sim.run();
  CHECK_FALSE(is_urgent_now(s.door.coordinator()));
  CHECK_FALSE(is_urgent_now(s.low));
  s.end();
}

TEST_CASE("inversion: nor does it stay when the time of the urgent one is up, or it gives up") {
  simulation sim(1);
  const lock door = lock::spawn(sim.system());
  bool low_has = false, done = false;
  const auto low = sim.system().spawn<&keeper>(door, std::ref(low_has));
  sim.run();
  bool of_question = false;
  SUBCASE("of its wait") { of_question = false; }
  SUBCASE("of its question") { of_question = true; }
  sim.system().spawn(first, [&](mailbox<>) -> behavior {
    if (of_question) {
      auto asked = door.coordinator().ask(messages::lock_acquire{}, 1s).result();
      CHECK((co_await asked).has_error());
    } else {
      CHECK_FALSE(co_await door.acquire(1s));
    }
    done = true;
  });
  sim.run_for(500ms);
  CHECK(is_urgent_now(low));
  sim.run();
  CHECK(done);
  CHECK_FALSE(is_urgent_now(low));
  CHECK_FALSE(is_urgent_now(door.coordinator()));
  low.tell(go{});
  sim.run();
}

TEST_CASE("inversion: an actor that holds two such locks has two reasons") {
  simulation sim(1);
  const lock a = lock::spawn(sim.system());
  const lock b = lock::spawn(sim.system());
  bool has_a = false, has_b = false;
  const auto keeps = sim.system().spawn([&](mailbox<go> mail) -> behavior {
    lock_guard one = co_await a.acquire();
    lock_guard two = co_await b.acquire();
    co_await mail.receive<go>();
    co_await one.release();
    co_await mail.receive<go>();
  });
  sim.run();
  const auto at_a = sim.system().spawn<&keeper>(first, a, std::ref(has_a));
  const auto at_b = sim.system().spawn<&keeper>(first, b, std::ref(has_b));
  sim.run();
  CHECK(is_urgent_now(keeps));
  keeps.tell(go{});
  sim.run();
  CHECK(has_a);
  CHECK_FALSE(has_b);
  CHECK(is_urgent_now(keeps));  // the other reason
  at_b.kill();
  sim.run();
  CHECK_FALSE(is_urgent_now(keeps));
  keeps.tell(go{});
  at_a.tell(go{});
  sim.run();
}

TEST_CASE("inversion: one who becomes urgent while it waits passes it on, and takes it back") {
  simulation sim(1);
  const lock near = lock::spawn(sim.system());
  const lock far = lock::spawn(sim.system());
  bool low_has = false, middle_has = false, high_has = false;
  const auto low = sim.system().spawn<&keeper>(far, std::ref(low_has));
  sim.run();
  const auto middle = sim.system().spawn<&both>(near, far, std::ref(middle_has));
  sim.run();
  CHECK(middle_has);
  CHECK_FALSE(is_urgent_now(low));
  const auto high = sim.system().spawn<&keeper>(first, near, std::ref(high_has));
  sim.run();
  CHECK(is_urgent_now(middle));
  CHECK(is_urgent_now(low));
  SUBCASE("when the urgent one dies") {
    high.kill();
    sim.run();
    CHECK_FALSE(is_urgent_now(middle));
    CHECK_FALSE(is_urgent_now(low));
    low.tell(go{});
  }
  SUBCASE("when the one between dies") {
    middle.kill();
    sim.run();
    CHECK(high_has);
    CHECK_FALSE(is_urgent_now(low));
    low.tell(go{});
    high.tell(go{});
  }
  sim.run();
}

TEST_CASE("inversion: the holder is helped who is urgent only behind a condition's wait") {
  simulation sim(1);
  const condition items = condition::spawn(sim.system());
  bool has = false, woken = false;
  sim.system().spawn(first, [&](mailbox<>) -> behavior {
    const lock_guard held = co_await items.acquire();
    woken = (co_await items.wait()).notified;
  });
  sim.run();
  const auto low = sim.system().spawn([&](mailbox<go> mail) -> behavior {
    const lock_guard held = co_await items.acquire();
    has = true;
    co_await mail.receive<go>();
    co_await items.notify();
    co_await mail.receive<go>();
  });
  sim.run();
  CHECK(has);
  CHECK_FALSE(is_urgent_now(low));  // who sleeps waits for a notification, not for the lock
  low.tell(go{});
  sim.run();
  CHECK(is_urgent_now(low));
  low.tell(go{});
  sim.run();
  CHECK(woken);
}

namespace {
struct quick : actor<go> {
  static constexpr auto priority = urgent;
  void on(go) {}
};
}  // namespace

TEST_CASE("inversion: a class can be urgent, too") {
  simulation sim(1);
  CHECK(is_urgent_now(sim.system().spawn<quick>()));
}

}  // namespace inversion_test
