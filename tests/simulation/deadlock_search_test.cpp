// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <troupe/deadlock_watch.hpp>
#include <troupe/exploration.hpp>
#include <troupe/gather.hpp>
#include <troupe/lock.hpp>
#include <troupe/timer.hpp>
#include <vector>

namespace deadlock_search_test {

/// The search for deadlocks: finds each, and never one that there is not.
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct work {
  using reply = bool;  // false: it was in a deadlock
};
/// Five times takes one lock, then the other.
class worker : public actor<work> {
 public:
  worker(lock first, lock second, std::chrono::nanoseconds pause)
      : first_(first), second_(second), pause_(pause) {}

  task<bool> on(work) {
    try {
      for (int round = 0; round < 5; ++round) {
        const auto one = co_await first_.acquire();
        co_await sleep_for(pause_);
        const auto two = co_await second_.acquire();
        co_await sleep_for(pause_);
      }
      co_return true;
    } catch (const deadlock_error&) {
      co_return false;
    }
  }

 private:
  const lock first_, second_;
  const std::chrono::nanoseconds pause_;
};

task<std::size_t> all_of(std::vector<actor_ref<work>> workers) {
  std::size_t deadlocked = 0;
  for (const auto& done : co_await ask_all(workers, work{})) deadlocked += !done.value();
  co_return deadlocked;
}

using pair_of_locks = std::pair<std::size_t, std::size_t>;

/// How many were in a deadlock, and how many have been seen. They go on in the very moments in which the
/// search looks, so that it sees one wait before another's end, and the next after.
struct outcome_of_work {
  std::size_t deadlocked = 0;
  std::size_t seen = 0;
};
outcome_of_work at_work(simulation& sim, const std::vector<pair_of_locks>& orders) {
  outcome_of_work all;
  const auto watch = deadlock_watch::spawn(
      sim.system(), {.after = 100us, .listener = [&](const std::string&) { ++all.seen; }});
  std::vector<lock> locks;
  for (int i = 0; i < 3; ++i) locks.push_back(lock::spawn(sim.system()));
  std::vector<actor_ref<work>> workers;
  for (const auto& [first, second] : orders) {
    workers.push_back(sim.system().spawn<worker>(locks[first], locks[second], 50us));
  }
  all.deadlocked = sim.system().run(all_of(workers));
  watch.coordinator().stop();
  for (const auto& w : workers) w.stop();
  return all;
}

}  // namespace

TEST_CASE("deadlock: ten thousand runs in which there is none, and none is seen") {
  const scenario in_order = [](simulation& sim) {
    const outcome_of_work all = at_work(sim, {{0, 1}, {0, 1}, {0, 1}});
    sim.require(all.deadlocked == 0 && all.seen == 0, "a phantom");
  };
  const exploration random = explore({.seeds = 2500}, in_order);  // each twice
  CHECK_FALSE(random.found);
  const exploration pct = explore({.seeds = 2500, .order = simulation_order::pct}, in_order);
  CHECK_FALSE(pct.found);
}

TEST_CASE("deadlock: in each run in which there is one, it is seen, and one who waits is told") {
  bool some = false;
  const scenario in_a_ring = [&](simulation& sim) {
    const outcome_of_work all = at_work(sim, {{0, 1}, {1, 2}, {2, 0}});
    sim.require(all.deadlocked == all.seen, "each deadlock ends one wait");
    some |= all.seen != 0;
  };
  CHECK_FALSE(explore({.seeds = 300}, in_a_ring).found);  // none of them goes on for ever
  CHECK(some);
}

}  // namespace deadlock_search_test
