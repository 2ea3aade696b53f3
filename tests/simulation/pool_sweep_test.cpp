// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <captured.hpp>
#include <map>
#include <troupe/exploration.hpp>
#include <troupe/pool.hpp>

#include "pool_coordinator.hpp"
#include "sweeps.hpp"

namespace pool_sweep {

/// A pool whose workers, or whose coordinator, may die at each step: every task comes to one end, none is
/// done twice unless it may be, and nobody waits for the dead. The same scenario finds a coordinator
/// that forgets what a dead worker had.
using namespace troupe;
using namespace std::chrono_literals;

std::map<int, int>* begun = nullptr;

task<int> slow_square(int x) {
  ++(*begun)[x];
  co_await sleep_for(1ms);
  co_return x* x;
}

constexpr int tasks = 5;

struct run_of_pool {
  std::map<int, int> begun_here;
  bool told = false;
  int lost = 0;
  bool wrong = false;

  run_of_pool() { begun = &begun_here; }
  ~run_of_pool() { begun = nullptr; }
  run_of_pool(const run_of_pool&) = delete;
  run_of_pool& operator=(const run_of_pool&) = delete;
};

behavior customer(mailbox<>, pool workers, bool again, run_of_pool* seen) {
  auto order = workers.map<&slow_square>(std::views::iota(0, tasks), 2);
  if (again) order = std::move(order).idempotent();
  try {
    const auto each = co_await std::move(order).each();
    for (int i = 0; i < tasks; ++i) {
      const auto& one = each[static_cast<std::size_t>(i)];
      seen->lost += one.has_error();
      seen->wrong = seen->wrong || (one.has_value() && *one != i * i) ||
                    (one.has_error() && one.error().how != task_end::lost);
    }
  } catch (const actor_down&) {
    seen->lost = tasks;
  }
  seen->told = true;
}

void use(simulation& sim, const pool& workers, bool again) {
  run_of_pool seen;
  workers.ready().get();
  for (const auto& one : workers.crew().get()) sim.may_die(one.worker);
  const auto whose = sim.system().spawn<&customer>(workers, again, &seen);
  sim.run();
  sim.require(seen.told, "a task of a dead worker is waited for");
  sim.require(!seen.wrong, "a task has come out wrong");
  for (int i = 0; i < tasks; ++i) {
    sim.require(seen.begun_here[i] > 0, "a task was never begun");
    if (!again) sim.require(seen.begun_here[i] == 1, "a task was begun twice");
  }
  if (again) sim.require(seen.lost == 0, "a task that may be done again is lost");
  workers.close().get();
  workers.join().get();
  sim.require(sim.system().live_actors() == 1, "somebody is left");
  (void)whose;
}

pool two_threads(simulation& sim) { return pool::spawn(sim.system(), {.processes = 2}); }

/// The mistake: what a dead worker had is forgotten.
class forgetful : public detail::pool_coordinator {
 public:
  forgetful() : pool_coordinator({.processes = 2}, detail::threads_as_workers()) {}

 private:
  void take_back(const detail::pool_seat&, detail::pool_assignment, const exit_reason&) override {}
};

TEST_CASE(
    "pool: every task has one end, and is begun once, whichever worker dies at whatever step") {
  survives_each_death([](simulation& sim) { use(sim, two_threads(sim), false); });
}
TEST_CASE("pool: the same, and those that may be done again come out well") {
  survives_each_death([](simulation& sim) { use(sim, two_threads(sim), true); });
}
TEST_CASE(
    "pool: when the coordinator dies, at whatever step, its customer is told and nobody is left") {
  captured_stderr leaks;
  const scenario play = [](simulation& sim) {
    run_of_pool seen;
    const pool workers = two_threads(sim);
    sim.may_die(workers.coordinator());
    sim.system().spawn<&customer>(workers, false, &seen);
    sim.run();
    sim.require(seen.told, "the customer of a dead pool waits");
    workers.coordinator().kill();
    sim.run();
    sim.require(sim.system().live_actors() == 0, "a worker outlives its pool");
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK_FALSE(sweep_kills({.run = {.seed = seed}}, play).found);
  }
}

TEST_CASE("sweep: finds a pool that forgets the task of a dead worker") {
  const scenario wrong = [](simulation& sim) {
    use(sim, pool(sim.system().spawn<forgetful>()), false);
  };
  captured_stderr leaks;
  CHECK(sweep_finds(wrong).find("a task of a dead worker is waited for") != std::string::npos);
}

}  // namespace pool_sweep
