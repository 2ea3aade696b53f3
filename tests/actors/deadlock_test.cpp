// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <mutex>
#include <string>
#include <string_view>
#include <troupe/barrier.hpp>
#include <troupe/deadlock_watch.hpp>
#include <troupe/lock.hpp>
#include <troupe/rlock.hpp>
#include <troupe/semaphore.hpp>
#include <troupe/simulation.hpp>
#include <troupe/timer.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "pending.hpp"

namespace deadlock_test {

using namespace troupe;
using namespace std::chrono_literals;

using testing::begin;
using testing::finish_well;
using testing::is_over;
using testing::pending;

/// What a watch has said.
class circles {
 public:
  std::function<void(const std::string&)> listener() {
    return [this](const std::string& text) {
      std::scoped_lock hold{mutex_};
      all_.push_back(text);
    };
  }
  std::vector<std::string> all() {
    std::scoped_lock hold{mutex_};
    return all_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

bool says(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

struct eat {
  using reply = std::string;  // how it went
  lock first, second;
  barrier both;  // reached with one fork in the hand; nobody: not waited for
};
/// Takes one fork, and once all have one, the other.
class philosopher : public actor<eat> {
 public:
  task<std::string> on(eat m) {
    try {
      const auto one = co_await m.first.acquire();
      if (m.both) co_await m.both.wait();
      const auto two = co_await m.second.acquire();
      co_return "eaten";
    } catch (const deadlock_error& e) {
      co_return e.what();
    }
  }
};

TEST_CASE(
    "deadlock: two locks in opposite order: one is told the whole circle, the other goes on") {
  const deadline limit("two locks");
  for (const unsigned workers : {1u, 2u}) {
    CAPTURE(workers);
    circles said;
    actor_system system({.workers = workers});
    const auto watch = deadlock_watch::spawn(system, {.after = 10ms, .listener = said.listener()});
    const lock left = lock::spawn(system), right = lock::spawn(system);
    const auto plato = system.spawn<philosopher>(), kant = system.spawn<philosopher>();
    const barrier both = barrier::spawn(system, {.parties = 2});
    auto one = begin(system, plato.ask(eat{left, right, both}));
    auto two = begin(system, kant.ask(eat{right, left, both}));
    const std::string results[] = {finish_well(one), finish_well(two)};
    const bool first_ate = results[0] == "eaten";
    CHECK(first_ate != (results[1] == "eaten"));
    const std::string& text = results[first_ate ? 1 : 0];
    CHECK(says(text, to_string(plato)));
    CHECK(says(text, to_string(kant)));
    CHECK(says(text, "lock " + to_string(left.coordinator())));
    CHECK(says(text, "lock " + to_string(right.coordinator())));
    eventually([&] { return watch.found().get() == 1; });
    CHECK(said.all() == std::vector{text});
    CHECK_FALSE(left.locked().get());
    CHECK_FALSE(right.locked().get());
  }
}

/// Two who hold a lock each and want the other's.
struct embrace {
  explicit embrace(actor_system& system)
      : left(lock::spawn(system)),
        right(lock::spawn(system)),
        plato(system.spawn<philosopher>()),
        kant(system.spawn<philosopher>()) {
    const barrier both = barrier::spawn(system, {.parties = 2});
    of_plato = begin(system, plato.ask(eat{left, right, both}));
    of_kant = begin(system, kant.ask(eat{right, left, both}));
  }
  lock left, right;
  actor_ref<eat> plato, kant;
  pending<std::string> of_plato, of_kant;
};

TEST_CASE("deadlock: reported only, they wait on, and it is said once") {
  const deadline limit("report");
  circles said;
  actor_system system({.workers = 2});
  const auto watch = deadlock_watch::spawn(
      system, {.after = 5ms, .mode = deadlock_mode::report, .listener = said.listener()});
  embrace first(system);
  eventually([&] { return watch.found().get() == 1; });
  embrace second(system);  // by the time that this is found, the first has been looked at again
  eventually([&] { return watch.found().get() >= 2; });
  REQUIRE(said.all().size() == 2);
  CHECK(says(said.all()[0], to_string(first.plato)));
  CHECK(says(said.all()[1], to_string(second.plato)));
  CHECK(first.left.waiting().get() == 1);
  for (embrace* each : {&first, &second}) {
    each->plato.kill();
    CHECK(finish_well(each->of_kant) == "eaten");
  }
}

struct keep_for_me {
  using reply = int;
};
struct ask_back {
  using reply = int;
  actor_ref<keep_for_me> whom;
};
struct has_promise {
  using reply = bool;
};
/// Keeps what it is asked, for somebody else to answer.
class keeper : public actor<keep_for_me, ask_back, has_promise> {
 public:
  explicit keeper(promise<int>* place) : place_(place) {}
  promise<int> on(keep_for_me) { return *place_ = make_promise<int>(); }
  task<int> on(ask_back m) { co_return co_await m.whom.ask(keep_for_me{}); }
  bool on(has_promise) const { return static_cast<bool>(*place_); }

 private:
  promise<int>* place_;
};

TEST_CASE("deadlock: none where the answer is a promise, which somebody else may give") {
  const deadline limit("promise");
  circles said;
  actor_system system({.workers = 2});
  const auto watch = deadlock_watch::spawn(system, {.after = 5ms, .listener = said.listener()});
  promise<int> of_a, of_b;
  const auto a = system.spawn<keeper>(&of_a), b = system.spawn<keeper>(&of_b);
  const auto asked_as = [](auto& x) { return actor_ref<keep_for_me>::at(x.where()); };
  auto one = begin(system, a.ask(ask_back{asked_as(b)}));  // a waits for b, which keeps the promise
  eventually([&] { return b.ask(has_promise{}).get(); });
  auto two = begin(system, b.ask(ask_back{asked_as(a)}));  // and b for a
  embrace real(system);  // found while those two stand still, and longer
  eventually([&] { return watch.found().get() >= 1; });
  CHECK((finish_well(real.of_plato) == "eaten") != (finish_well(real.of_kant) == "eaten"));
  CHECK(watch.found().get() == 1);
  of_b.set_value(7);
  CHECK(finish_well(one) == 7);
  eventually([&] { return a.ask(has_promise{}).get(); });
  of_a.set_value(8);
  CHECK(finish_well(two) == 8);
}

struct ask_next {
  using reply = int;
  actor_ref<ask_next> next;
  actor_ref<ask_next> after;
};
class asker : public actor<ask_next> {
 public:
  task<int> on(ask_next m) {
    if (!m.next) co_return 1;
    co_return co_await m.next.ask(ask_next{m.after, {}});
  }
};

struct join_after {
  using reply = bool;
  actor_ref<> whom;
  lock held;
};
class joiner : public actor<join_after> {
 public:
  task<bool> on(join_after m) {
    const auto mine = co_await m.held.acquire();
    co_await ended(m.whom);
    co_return true;
  }
};
struct want {
  using reply = std::string;
  lock what;
};
class wanter : public actor<want> {
 public:
  task<std::string> on(want m) {
    std::string text = "had it";
    try {
      const auto mine = co_await m.what.acquire();
    } catch (const deadlock_error& e) {
      text = e.what();
    }
    stop();
    co_return text;
  }
};

TEST_CASE("deadlock: an actor asks one that asks it") {
  const deadline limit("asks");
  circles said;
  actor_system system({.workers = 2});
  const auto watch = deadlock_watch::spawn(system, {.after = 5ms, .listener = said.listener()});
  const auto a = system.spawn<asker>(), b = system.spawn<asker>();
  try {
    (void)a.ask(ask_next{b, a}).get();
    FAIL("an answer");
  } catch (const error& e) {
    CHECK(says(e.what(), "deadlock: "));
    CHECK(says(e.what(), "waits for an answer of"));
    CHECK(says(e.what(), to_string(a)));
    CHECK(says(e.what(), to_string(b)));
  }
  eventually([&] { return watch.found().get() == 1; });
}

TEST_CASE("deadlock: one waits for the end of who waits for what it holds") {
  const deadline limit("join");
  actor_system system({.workers = 2});
  const auto watch = deadlock_watch::spawn(system, {.after = 5ms, .listener = [](auto&) {}});
  const lock door = lock::spawn(system);
  const auto a = system.spawn<joiner>();
  const auto b = system.spawn<wanter>();
  auto joined = begin(system, a.ask(join_after{b, door}));
  eventually([&] { return door.locked().get(); });
  auto got = begin(system, b.ask(want{door}));
  CHECK(says(finish_well(got), "for the end of"));
  CHECK(finish_well(joined));
  CHECK(watch.found().get() == 1);
}

TEST_CASE("deadlock: who acquires a lock again that is not recursive; of an rlock it may") {
  const deadline limit("again");
  actor_system system({.workers = 2});
  const auto watch = deadlock_watch::spawn(system, {.after = 5ms, .listener = [](auto&) {}});
  const lock door = lock::spawn(system);
  const auto plato = system.spawn<philosopher>();
  CHECK(says(plato.ask(eat{door, door, {}}).get(), "deadlock: "));
  CHECK(watch.found().get() == 1);
}

struct take_both {
  using reply = std::string;
  semaphore places;
  lock door;
  bool place_first;
  barrier both;
};
/// As a philosopher, with all places of a semaphore for one of the forks.
class guest : public actor<take_both> {
 public:
  task<std::string> on(take_both m) {
    try {
      if (m.place_first) {
        const auto all = co_await m.places.acquire(co_await m.places.value());
        co_await m.both.wait();
        const auto one = co_await m.door.acquire();
      } else {
        const auto one = co_await m.door.acquire();
        co_await m.both.wait();
        const auto place = co_await m.places.acquire();
      }
      co_return "had both";
    } catch (const deadlock_error& e) {
      co_return e.what();
    }
  }
};

TEST_CASE("deadlock: the one permit of a semaphore is a fork; of several, anybody may bring more") {
  const deadline limit("semaphore");
  for (const int permits : {1, 2}) {
    CAPTURE(permits);
    actor_system system({.workers = 2});
    const auto watch = deadlock_watch::spawn(system, {.after = 5ms, .listener = [](auto&) {}});
    const semaphore places = semaphore::spawn(system, permits);
    const lock door = lock::spawn(system);
    const barrier both = barrier::spawn(system, {.parties = 2});
    const auto a = system.spawn<guest>(), b = system.spawn<guest>();
    auto one = begin(system, a.ask(take_both{places, door, true, both}));
    auto two = begin(system, b.ask(take_both{places, door, false, both}));
    if (permits == 2) {
      eventually([&] { return places.waiting().get() == 1 && door.waiting().get() == 1; });
      embrace real(system);  // found while those two stand still, and longer
      eventually([&] { return watch.found().get() >= 1; });
      CHECK((finish_well(real.of_plato) == "eaten") != (finish_well(real.of_kant) == "eaten"));
      places.release().get();  // by somebody else
    }
    const bool a_had = finish_well(one) == "had both", b_had = finish_well(two) == "had both";
    CHECK((a_had && b_had) == (permits == 2));
    CHECK((a_had || b_had));
    CHECK(watch.found().get() == 1);
  }
}

struct eat_politely {
  using reply = int;
  lock first, second;
  barrier both;
};
/// Takes the second fork only if it comes in time, else puts both back and tries again.
class polite : public actor<eat_politely> {
 public:
  task<int> on(eat_politely m) {
    for (int tries = 1;; ++tries) {
      const auto one = co_await m.first.acquire();
      if (tries == 1) co_await m.both.wait();  // with one each
      if (const auto two = co_await m.second.acquire(30ms)) co_return tries;
    }
  }
};
struct hold_it {
  using reply = int;
  lock what;
};
/// Waits for things that are no circle.
class slow_holder : public actor<hold_it> {
 public:
  task<int> on(hold_it m) {
    const auto mine = co_await m.what.acquire();
    co_await sleep_for(20ms);  // ten looks long, of virtual time
    co_return 1;
  }
};

TEST_CASE("deadlock: none is seen where a wait has a timeout, or somebody is only slow") {
  circles said;
  simulation sim(1);
  actor_system& system = sim.system();
  const auto watch = deadlock_watch::spawn(system, {.after = 2ms, .listener = said.listener()});
  const lock left = lock::spawn(system), right = lock::spawn(system);
  const auto plato = system.spawn<polite>(), kant = system.spawn<polite>();
  const barrier both = barrier::spawn(system, {.parties = 2});
  auto one = begin(system, plato.ask(eat_politely{left, right, both}));
  auto two = begin(system, kant.ask(eat_politely{right, left, both}));
  const auto a = system.spawn<slow_holder>(), b = system.spawn<slow_holder>();
  const lock door = lock::spawn(system);
  auto three = begin(system, a.ask(hold_it{door}));
  auto four = begin(system, b.ask(hold_it{door}));
  sim.run_for(10s);
  REQUIRE(is_over(one));
  REQUIRE(is_over(two));
  REQUIRE(is_over(three));
  REQUIRE(is_over(four));
  CHECK(finish_well(one) + finish_well(two) >= 2);
  CHECK(finish_well(three) + finish_well(four) == 2);
  CHECK(watch.found().get() == 0);
  CHECK(said.all().empty());
}

TEST_CASE("deadlock: a watch with no time to wait is refused") {
  actor_system system({.workers = 1});
  CHECK_THROWS_WITH_AS(deadlock_watch::spawn(system, {.after = 0ns}),
                       "deadlock_options.after must be more than 0", std::invalid_argument);
}

}  // namespace deadlock_test
