// SPDX-License-Identifier: BSD-3-Clause
// Workers of pools that die: their task is lost, or done again, and nobody else's.
#include <csignal>
#include <cstdlib>

#include "pool_place.hpp"

namespace pool_death_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

}  // namespace pool_death_rows

namespace troupe::conformance::deadly_tasks {

using namespace std::chrono_literals;

task<int> wait_then_give(event go, int x) {
  co_await go.wait();
  co_return x;
}
int give_or_die(int x) {
  if (x == 5) std::raise(SIGKILL);
  if (x == 6) std::abort();
  return x;
}
int give(int x) { return x; }
/// Long enough that a signal may hit it anywhere.
int spin(int x) {
  const auto until = std::chrono::steady_clock::now() + 20us;
  while (std::chrono::steady_clock::now() < until) {
  }
  return x;
}

}  // namespace troupe::conformance::deadly_tasks

namespace pool_death_rows {
using namespace troupe::conformance::deadly_tasks;

namespace {

/// Ends who works now: by signal 9 where it is a process. \return its pid
int strike(place& here, const pool& workers, std::size_t which = 0) {
  const auto crew = workers.crew().get();
  const pool_worker_info& one = crew.at(which % crew.size());
  if (here.parties_apart()) {
    if (one.pid != 0) ::kill(one.pid, SIGKILL);
  } else {
    one.worker.kill();
  }
  return one.pid;
}

void says_lost(place& here, const task_failure& f, int pid) {
  INFO(f.text);
  CHECK(f.how == task_end::lost);
  CHECK(f.pid == pid);
  CHECK(f.signal == (here.parties_apart() ? SIGKILL : 0));
  CHECK(f.text.find("(pid " + std::to_string(pid) + ") ended in it: ") != std::string::npos);
}

}  // namespace

TEST_CASE("K14 pool: a worker killed in a task: that fails with the signal, and it is replaced") {
  in_every_pool(
      [](place& here, const pool& workers) {
        const event go = here.spawn_event();
        for (int round = 0; round < 3; ++round) {
          const auto result = workers.apply_async<&wait_then_give>(go, 1);
          eventually([&] { return go.waiting().get() == 1; });
          const int pid = strike(here, workers);
          try {
            result.get();
            FAIL("no exception");
          } catch (const task_lost& lost) {
            CHECK(lost.pid() == pid);
            CHECK(lost.signal() == (here.parties_apart() ? SIGKILL : 0));
          }
          CHECK(workers.apply<&give>(2).get() == 2);
          CHECK(workers.crew().get().size() == 1);
          eventually(
              [&] { return go.waiting().get() == 0; });  // the dead does not count as the next
        }
      },
      1);
}

TEST_CASE("K15 pool: map: a worker killed: its element fails, and no other") {
  in_every_pool([](place& here, const pool& workers) {
    const event go = here.spawn_event();
    std::vector<std::pair<event, int>> inputs;
    for (int i = 0; i < 12; ++i) inputs.emplace_back(go, i);
    const auto later = workers.starmap<&wait_then_give>(inputs, 3).each().start();
    eventually([&] { return go.waiting().get() == 2; });
    const int pid = strike(here, workers);  // in the element 0 or 3
    eventually([&] { return workers.crew().get().size() == 2 && go.waiting().get() == 2; });
    go.set().get();
    const auto& each = later.get();
    int lost = 0;
    for (int i = 0; i < 12; ++i) {
      const auto& one = each[static_cast<std::size_t>(i)];
      if (one.has_value()) {
        CHECK(*one == i);
      } else {
        CHECK((i == 0 || i == 3));
        says_lost(here, one.error(), pid);
        ++lost;
      }
    }
    CHECK(lost == 1);
  });
}

TEST_CASE("K15 pool: map: elements that kill their worker, by whatever signal, fail alone") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    for (const std::size_t chunk : {1u, 4u, 40u}) {
      const auto each = workers.map<&give_or_die>(up_to(40), chunk).each().get();
      for (int i = 0; i < 40; ++i) {
        const auto& one = each[static_cast<std::size_t>(i)];
        CHECK(one.has_error() == (i == 5 || i == 6));
        if (one.has_value()) CHECK(*one == i);
      }
      CHECK(each[5].error().signal == SIGKILL);
      CHECK(each[6].error().signal == SIGABRT);
    }
  });
}

TEST_CASE(
    "K16 pool: of one: an idle worker killed, then a task: it is replaced and the task runs") {
  in_every_pool(
      [](place& here, const pool& workers) {
        workers.ready().get();
        for (int round = 0; round < 3; ++round) {
          const int before = workers.crew().get().at(0).number;
          strike(here, workers);
          eventually([&] {
            const auto crew = workers.crew().get();
            return crew.size() == 1 && crew.at(0).number != before && crew.at(0).worker;
          });
          CHECK(workers.apply<&give>(round).get() == round);
        }
        strike(here, workers);  // and the task at the same time
        CHECK(workers.apply<&give>(7).idempotent().get() == 7);
      },
      1);
}

TEST_CASE(
    "K27 pool: workers killed anywhere in a run: at most one task each is lost, and it goes on") {
  in_every_pool_of_processes([](place& here, const pool& workers) {
    workers.ready().get();
    for (const std::size_t chunk : {1u, 10u}) {
      const auto later = workers.map<&spin>(up_to(4000), chunk).each().start();
      std::size_t strikes = 0;
      while (!later.wait(1ms) && strikes < 6) {
        strike(here, workers, strikes);
        ++strikes;
      }
      const auto& each = later.get();
      std::size_t lost = 0;
      for (int i = 0; i < 4000; ++i) {
        const auto& one = each[static_cast<std::size_t>(i)];
        if (one.has_error()) {
          CHECK(one.error().how == task_end::lost);
          ++lost;
        } else {
          REQUIRE(*one == i);
        }
      }
      CHECK(lost <= strikes);
      const auto again = workers.map<&spin>(up_to(1000), chunk).idempotent().start();
      strike(here, workers);
      CHECK(again.get() == up_to(1000));
    }
  });
}

}  // namespace pool_death_rows
