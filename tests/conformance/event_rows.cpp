// SPDX-License-Identifier: BSD-3-Clause
#include <takes_about.hpp>

#include "place.hpp"

namespace event_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

namespace {

struct waiters {
  std::vector<party_ref> parties;
  std::vector<pending<passage>> waits;
};

/// `n` parties, all of them waiting.
waiters start_waiters(place& here, const event& flag, std::size_t n) {
  waiters w;
  for (std::size_t i = 0; i < n; ++i) {
    w.parties.push_back(here.spawn_party());
    w.waits.push_back(begin(here.system(), w.parties.back().ask(wait_for_event{flag})));
  }
  eventually([&] { return flag.waiting().get() == n; });
  return w;
}

bool waits_true(place& here, const event& flag, limit timeout = {}) {
  auto wait = begin(here.system(), here.spawn_party().ask(wait_for_event{flag, timeout}));
  const passage got = passage_of(wait);
  REQUIRE(got.passed);
  return got.value == 1;
}

void all_get_true(waiters& w) {
  for (auto& wait : w.waits) {
    const passage got = passage_of(wait);
    CHECK(got.passed);
    CHECK(got.value == 1);
  }
}

}  // namespace

TEST_CASE("EV01 event: a new one is unset") {
  in_every_place([](place& here) { CHECK_FALSE(here.spawn_event().is_set().get()); });
}

TEST_CASE("EV02 event: setting is idempotent") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    flag.set().get();
    CHECK(flag.is_set().get());
    flag.set().get();
    CHECK(flag.is_set().get());
  });
}

TEST_CASE("EV03 event: clearing is idempotent and returns to unset") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    flag.set().get();
    flag.clear().get();
    CHECK_FALSE(flag.is_set().get());
    flag.clear().get();
    CHECK_FALSE(flag.is_set().get());
  });
}

TEST_CASE("EV04 event: waiters stay blocked until set, then all five get true") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    waiters five = start_waiters(here, flag, 5);
    for (auto& wait : five.waits) CHECK_FALSE(is_over(wait));
    flag.set().get();
    all_get_true(five);
    CHECK(flag.waiting().get() == 0);
  });
}

TEST_CASE("EV05 event: waiting on a set event returns true at once, also a second time") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    flag.set().get();
    CHECK(waits_true(here, flag));
    CHECK(waits_true(here, flag));
    CHECK(flag.wait().get());
  });
}

TEST_CASE("EV06 event: set, clear, and the whole cycle works again") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    for (int cycle = 0; cycle < 2; ++cycle) {
      waiters five = start_waiters(here, flag, 5);
      flag.set().get();
      all_get_true(five);
      CHECK(waits_true(here, flag));
      flag.clear().get();
      CHECK_FALSE(waits_true(here, flag, 0ms));
    }
  });
}

TEST_CASE("EV07 event: wait(0) on an unset event returns false at once") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    CHECK_FALSE(flag.wait(0ms).get());
    CHECK_FALSE(waits_true(here, flag, 0ms));
    CHECK(flag.waiting().get() == 0);
  });
}

TEST_CASE("EV08 event: wait(t) on an unset event returns false after about t, never early") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    constexpr auto t = 100ms;
    takes_about(t, [&] { CHECK_FALSE(flag.wait(t).get()); });
    CHECK_FALSE(waits_true(here, flag, t));
    CHECK(flag.waiting().get() == 0);
  });
}

TEST_CASE("EV09 event: wait(t) on a set event returns true") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    flag.set().get();
    CHECK(waits_true(here, flag, 100ms));
    CHECK(waits_true(here, flag, 0ms));
  });
}

TEST_CASE("EV10 event: set followed at once by clear still releases everyone with true") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    waiters five = start_waiters(here, flag, 5);
    auto set = begin(here.system(), flag.set());
    auto clear = begin(here.system(), flag.clear());
    finish(set);
    finish(clear);
    all_get_true(five);
  });
}

TEST_CASE("EV11 event: the description tells set from unset and follows changes") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    CHECK(flag.describe().get() == "event: unset");
    flag.set().get();
    CHECK(flag.describe().get() == "event: set");
    flag.clear().get();
    CHECK(flag.describe().get() == "event: unset");
  });
}

TEST_CASE("EV12 event: a set done by another process ends our untimed wait with true") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    const party_ref other = here.spawn_party();
    auto ours = begin(here.system(), flag.wait());
    eventually([&] { return flag.waiting().get() == 1; });
    other.ask(set_event{flag}).get();
    const auto got = finish(ours);
    REQUIRE(got.has_value());
    CHECK(*got);
  });
}

TEST_CASE("EV13 event: set by the parent, seen and cleared by the child, seen by the parent") {
  in_every_place([](place& here) {
    const event flag = here.spawn_event();
    const party_ref child = here.spawn_party();
    flag.set().get();
    CHECK(child.ask(look_at_event{flag}).get());
    child.ask(clear_event{flag}).get();
    CHECK_FALSE(flag.is_set().get());
    CHECK_FALSE(child.ask(look_at_event{flag}).get());
  });
}

}  // namespace event_rows
