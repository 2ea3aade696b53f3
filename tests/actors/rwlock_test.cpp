// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/deadlock_watch.hpp>
#include <troupe/rwlock.hpp>
#include <troupe/simulation.hpp>
#include <vector>

#include "pending.hpp"

namespace rwlock_test {

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

/// What was seen of a guard.
struct seen {
  bool held = false;
  bool abandoned = false;
  std::uint64_t fence = 0;
};
struct enter {
  using reply = seen;
  bool shared = false;
  std::optional<std::chrono::nanoseconds> timeout = {};
};
struct leave {
  using reply = void;
};
/// Wants to write, but not for long, and lives on.
struct give_up {
  using reply = errc;
};
/// Answered with what was wrong.
struct release {
  using reply = std::string;
};

class visitor : public actor<enter, leave, give_up, release> {
 public:
  explicit visitor(rwlock door) : door_(door) {}

  task<seen> on(enter m) {
    if (m.timeout) {
      guard_ = co_await door_.acquire(*m.timeout);
    } else {
      guard_ = m.shared ? co_await door_.acquire_shared() : co_await door_.acquire();
    }
    co_return seen{static_cast<bool>(guard_), guard_.abandoned(), guard_.fence()};
  }
  void on(leave) { guard_ = {}; }
  task<errc> on(give_up) {
    auto asked = door_.coordinator().ask(messages::rwlock_acquire{}, 50ms).result();
    co_return (co_await asked).error().code;
  }
  task<std::string> on(release) {
    auto released = door_.release().result();
    const auto how = co_await released;
    co_return how ? "" : how.error().text;
  }

 private:
  rwlock door_;
  lock_guard guard_;
};
using visitor_ref = actor_ref<enter, leave, give_up, release>;

struct visit {
  visitor_ref who;
  pending<seen> entering;
  void leave() const { who.ask(rwlock_test::leave{}).get(); }
  seen entered() { return finish_well(entering); }
};

struct scene {
  actor_system system{{.workers = 2}};
  rwlock door = rwlock::spawn(system);

  /// One who has it, or stands in line, when this returns.
  visit comes(enter how) {
    const auto known = [&] {
      const holdings_report now = door.holdings().get();
      return now.held.size() + now.wanted.size();
    };
    const std::size_t before = known();
    const visitor_ref who = system.spawn<visitor>(door);
    visit one{who, begin(system, who.ask(how))};
    eventually([&] { return known() == before + 1; });
    return one;
  }
  visit reader() { return comes({.shared = true}); }
  visit writer() { return comes({.shared = false}); }
  std::string state() { return door.describe().get(); }
};

TEST_CASE("rwlock: many read at a time, or one writes") {
  scene s;
  CHECK(s.state() == "rwlock: unlocked");
  auto first = s.reader();
  CHECK(s.state() == "rwlock: 1 reader");
  auto second = s.reader();
  CHECK(s.state() == "rwlock: 2 readers");
  CHECK(first.entered().fence == second.entered().fence);
  CHECK_FALSE(s.door.try_acquire().get());
  auto writer = s.writer();
  first.leave();
  CHECK_FALSE(is_over(writer.entering));
  second.leave();
  CHECK(writer.entered().held);
  CHECK(s.state() == "rwlock: written");
  CHECK_FALSE(s.door.try_acquire_shared().get());
  CHECK_FALSE(s.door.acquire_shared(1ms).get());
  CHECK_FALSE(s.door.acquire(1ms).get());
  CHECK(s.door.locked().get());
  writer.leave();
  CHECK(s.state() == "rwlock: unlocked");
  CHECK_FALSE(s.door.locked().get());
  CHECK(s.door.waiting().get() == 0);
}

TEST_CASE(
    "rwlock: a writer that waits stops those who come later to read; then they go in together") {
  scene s;
  auto reader = s.reader();
  auto writer = s.writer();
  auto later = s.reader();
  auto last = s.reader();
  CHECK(s.door.waiting().get() == 3);
  CHECK_FALSE(s.door.try_acquire_shared().get());
  reader.leave();
  const seen written = writer.entered();
  CHECK(written.fence > reader.entered().fence);
  CHECK_FALSE(is_over(later.entering));
  writer.leave();
  CHECK(later.entered().fence > written.fence);
  CHECK(last.entered().held);
  CHECK(s.state() == "rwlock: 2 readers");
}

TEST_CASE("rwlock: a writer that ends in the line lets those behind it go on") {
  scene s;
  auto reader = s.reader();
  auto writer = s.writer();
  auto later = s.reader();
  CHECK(s.state() == "rwlock: 1 reader");
  writer.who.kill();
  CHECK(later.entered().held);
  CHECK(s.state() == "rwlock: 2 readers");
}

TEST_CASE("rwlock: a writer whose time is up, or that gives up, lets those behind it go on") {
  simulation sim(1);
  actor_system& system = sim.system();
  const rwlock door = rwlock::spawn(system);
  const auto comes = [&](auto how) {
    auto coming = begin(system, system.spawn<visitor>(door).ask(how));
    sim.run_for(1ms);
    return coming;
  };
  auto reader = comes(enter{.shared = true});
  CHECK(finish_well(reader).held);
  SUBCASE("its time is up") {
    auto writer = comes(enter{.shared = false, .timeout = 50ms});
    auto later = comes(enter{.shared = true});
    CHECK_FALSE(is_over(later));
    sim.run_for(1s);
    CHECK_FALSE(finish_well(writer).held);
    CHECK(finish_well(later).held);
  }
  SUBCASE("it gives up") {
    auto writer = comes(give_up{});
    auto later = comes(enter{.shared = true});
    CHECK_FALSE(is_over(later));
    sim.run_for(1s);
    CHECK(finish_well(writer) == errc::timeout);
    CHECK(finish_well(later).held);
  }
  CHECK(door.describe().get() == "rwlock: 2 readers");
}

TEST_CASE(
    "rwlock: a writer that ends passes it on; who reads next is told, and the next writer, and "
    "that's it") {
  scene s;
  auto dying = s.writer();
  auto reader = s.reader();
  auto other = s.reader();
  auto writer = s.writer();
  auto last = s.reader();
  dying.who.kill();
  CHECK(reader.entered().abandoned);
  CHECK(other.entered().abandoned);
  CHECK(s.state() == "rwlock: 2 readers, abandoned");
  reader.leave();
  other.leave();
  CHECK(writer.entered().abandoned);
  CHECK(s.state() == "rwlock: written");
  writer.leave();
  CHECK_FALSE(last.entered().abandoned);
}

TEST_CASE("rwlock: a reader that ends just lets go") {
  scene s;
  auto dying = s.reader();
  auto writer = s.writer();
  dying.who.kill();
  const seen written = writer.entered();
  CHECK(written.held);
  CHECK_FALSE(written.abandoned);
  writer.leave();
  CHECK(s.state() == "rwlock: unlocked");
}

TEST_CASE("rwlock: only who holds it may release it, and only once") {
  scene s;
  auto reader = s.reader();
  const visitor_ref stranger = s.system.spawn<visitor>(s.door);
  CHECK(stranger.ask(release{}).get() == "rwlock::release: who asks does not hold it");
  CHECK(reader.who.ask(release{}).get().empty());
  CHECK(s.state() == "rwlock: unlocked");
  CHECK(reader.who.ask(release{}).get() == "rwlock::release: who asks does not hold it");

  lock_guard mine = s.door.acquire().get();
  s.door.release().get();
  CHECK_THROWS_WITH_AS(mine.release().get(), "rwlock: this guard does not hold it any more",
                       misuse_error);
}

TEST_CASE(
    "rwlock: bad timeouts are refused by name; one that is told has nothing; one of nobody is no "
    "lock") {
  scene s;
  CHECK_THROWS_WITH_AS((void)s.door.acquire(-1ns), "rwlock::acquire: timeout is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)s.door.acquire_shared(-1ns),
                       "rwlock::acquire_shared: timeout is negative", std::invalid_argument);
  s.door.coordinator().tell(messages::rwlock_acquire{});
  CHECK(s.state() == "rwlock: unlocked");
  CHECK_THROWS_AS((void)rwlock{}.acquire().get(), actor_down);
  CHECK_THROWS_AS(rwlock::spawn_owned(), misuse_error);
}

TEST_CASE(
    "rwlock: who waits behind a writer that may give up can be helped by others than the holder") {
  scene s;
  auto reader = s.reader();
  std::vector<pending<lock_guard>> waiting;
  const auto comes = [&](messages::rwlock_acquire how) {
    waiting.push_back(begin(s.system, s.door.coordinator().ask(how)));
    eventually([&] { return s.door.waiting().get() == waiting.size(); });
  };
  comes({.shared = false, .timeout = 1h, .as = {}});
  comes({.shared = true, .timeout = {}, .as = {}});
  comes({.shared = false, .timeout = {}, .as = {}});
  comes({.shared = true, .timeout = {}, .as = {}});
  std::vector<bool> limited;
  for (const holding& each : s.door.holdings().get().wanted) limited.push_back(each.limited);
  CHECK(limited == std::vector<bool>{true, true, false, false});
  reader.leave();
  for (auto& each : waiting) CHECK(finish_well(each));
}

TEST_CASE(
    "rwlock: who reads and wants to read again behind a writer waits for itself; a watch tells "
    "it") {
  scene s;
  deadlock_watch::spawn(s.system, {.after = 5ms, .listener = [](const std::string&) {}});
  auto reader = s.reader();
  auto writer = s.writer();
  auto again = begin(s.system, reader.who.ask(enter{.shared = true}));
  const failure why = finish(again).error();
  INFO(why.text);
  CHECK(why.text.find("for rwlock " + to_string(s.door.coordinator()) + ", held by ") !=
        std::string::npos);
  CHECK(writer.entered().held);
}

}  // namespace rwlock_test
