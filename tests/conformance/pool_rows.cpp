// SPDX-License-Identifier: BSD-3-Clause
// Pools: their size, their errors, their end, and their workers.
#include <captured.hpp>
#include <private_directory.hpp>

#include "../transport/census.hpp"
#include "pool_row_tasks.hpp"

namespace pool_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::pool_tasks_of_rows;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST_CASE("PO15 pool: a size of zero or less is an argument error") {
  in_every_place([](place& here) {
    for (const int size : {0, -1}) {
      CHECK_THROWS_AS(pool::spawn(here.system(), {.processes = size}), std::invalid_argument);
      CHECK_THROWS_AS(pool::launch(here.system(), {.processes = size}), std::invalid_argument);
    }
  });
}

TEST_CASE("PO16 pool: a pool of n has n workers") {
  in_every_pool(
      [](place& here, const pool& workers) {
        workers.ready().get();
        CHECK(workers.size().get() == 3);
        CHECK(workers.crew().get().size() == 3);
        if (here.parties_apart()) CHECK(pids_of(workers).size() == 3);
      },
      3);
}

TEST_CASE("PO17 pool: terminate returns promptly with 10,000 long tasks queued") {
  in_every_pool([](place& here, const pool& workers) {
    const event never = here.spawn_event();
    const std::vector<std::pair<event, int>> inputs(10'000, {never, 1});
    const auto result = workers.starmap<&square_after>(inputs, 1).start();
    eventually([&] { return never.waiting().get() == 2; });
    const auto begun = steady_clock::now();
    workers.terminate().get();
    workers.join().get();
    CHECK(steady_clock::now() - begun < 5s);
    CHECK_THROWS_AS(result.get(), cancelled_error);
  });
}

TEST_CASE("PO18 pool: every map form over an empty input gives an empty result") {
  in_every_pool([](place&, const pool& workers) {
    const std::vector<int> none;
    const std::vector<std::tuple<int, int>> no_pairs;
    CHECK(workers.map<&square>(none).get().empty());
    CHECK(workers.map_async<&square>(none).get().empty());
    CHECK(workers.starmap<&product>(no_pairs).get().empty());
    CHECK(workers.starmap_async<&product>(no_pairs).get().empty());
    auto ordered = workers.imap<&square>(none);
    auto unordered = workers.imap_unordered<&square>(none);
    CHECK_FALSE(ordered.next().get());
    CHECK_FALSE(unordered.next().get());
  });
}

TEST_CASE("PO19 pool: leaving the scope ends the pool; submitting afterwards is an error") {
  in_every_pool([](place&, const pool& workers) {
    {
      const pool_scope inside = workers.enter().get();
      CHECK(inside->map_async<&square>(up_to(10)).get() == squares(10));
    }
    CHECK_THROWS_AS(workers.map<&square>(up_to(10)).get(), cancelled_error);
    workers.join().get();
  });
}

TEST_CASE("PO20 pool: an error arrives as its own type and arguments, with the remote trace") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    try {
      workers.apply<&throw_own, own_error>(123).get();
      FAIL("no exception");
    } catch (const own_error& e) {
      CHECK(e.code == 123);
      CHECK(e.text == "own 123");
      const auto* from = dynamic_cast<const remote_trace*>(&e);
      REQUIRE(from);
      CHECK(from->trace().find("task 0 of ") == 0);
      CHECK(from->trace().find("throw_own, in worker ") != std::string::npos);
    }
    try {
      workers.map<&negated_or_thrown>(up_to(10)).get();
      FAIL("no exception");
    } catch (const std::invalid_argument& e) {
      CHECK(std::string(e.what()) == "seven");
      REQUIRE(dynamic_cast<const remote_trace*>(&e));
      CHECK(dynamic_cast<const remote_trace&>(e).trace().find("task 7 of ") == 0);
    }
  });
}

TEST_CASE("PO21 pool: an error raised on the caller's side is not dressed up as a remote one") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    const auto is_plain = [](auto&& call) {
      try {
        call();
        FAIL("no exception");
      } catch (const std::exception& e) {
        CHECK_FALSE(dynamic_cast<const remote_trace*>(&e));
      }
    };
    is_plain([&] { (void)workers.map<&square>(failing_source()); });
    is_plain([&] {
      auto stream = workers.imap<&square>(failing_source(0));
      stream.next().get();
    });
    is_plain([&] { workers.apply<&take>(stays{}).get(); });
  });
}

TEST_CASE("PO22 pool: a worker's error reaches the caller unwrapped, in a thread pool too") {
  in_every_pool([](place&, const pool& workers) {
    CHECK_THROWS_WITH_AS(workers.apply<&negated_or_thrown>(7).get(), "seven",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((workers.apply<&throw_own, own_error>(1).get()), "own 1", own_error);
  });
}

TEST_CASE("PO23 pool: a failing map waits for all its tasks; long error texts do not stop join") {
  in_every_pool([](place& here, const pool& workers) {
    const auto each = workers.map<&negated_or_thrown>(up_to(20), 1).each().get();
    for (int i = 0; i < 20; ++i) CHECK(each[static_cast<std::size_t>(i)].has_error() == (i == 7));
    const event go = here.spawn_event();
    const std::vector<std::pair<event, int>> inputs(4, {go, 1});
    const auto late = workers.starmap_async<&square_after>(inputs);
    const auto long_texts = workers.map<&throw_long>(up_to(4), 1).start();
    CHECK_FALSE(late.ready());
    go.set().get();
    CHECK_THROWS_AS(long_texts.get(), std::runtime_error);
    CHECK(late.get() == std::vector{1, 1, 1, 1});
    workers.close().get();
    workers.join().get();
  });
}

TEST_CASE("PO24 pool: arguments and results are let go once a task is done") {
  in_every_pool(
      [](place&, const pool& workers) {
        {
          std::vector<counted> inputs;
          for (int i = 0; i < 10; ++i) inputs.emplace_back(i);
          const auto got = workers.map<&pass>(std::move(inputs), 3).get();
          CHECK(got.size() == 10);
        }
        CHECK(workers.apply<&alive>(0).get() == 0);
        eventually([] { return counted::alive == 0; });
      },
      1);
}

TEST_CASE("PO25 pool: entering a pool that has ended is an error") {
  in_every_pool([](place&, const pool& workers) {
    {
      const auto inside = workers.enter().get();
    }
    CHECK_THROWS_AS(std::ignore = workers.enter().get(), cancelled_error);
    workers.join().get();
    CHECK_THROWS_AS(std::ignore = workers.enter().get(), cancelled_error);
  });
}

TEST_CASE("PO26 pool: dropping a running pool is reported as a leak") {
  in_every_place([](place& here) {
    if (here.coordinators_apart()) return;
    captured_stderr said;
    const pool dropped = make_pool(here, 2);
    dropped.ready().get();
    here.end(dropped.coordinator(), death::stop);
    CHECK(said.text().find("troupe: the pool 'pool' was neither closed nor terminated") !=
          std::string::npos);
  });
}

TEST_CASE("PO27 pool: the error callback gets the error, and waiting for the result raises it") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    std::atomic<int> told{0};
    const auto result =
        workers.apply<&negated_or_thrown>(7).start({}, [&](const std::exception_ptr& e) {
          CHECK_THROWS_AS(std::rethrow_exception(e), std::invalid_argument);
          ++told;
        });
    CHECK_THROWS_AS(result.get(), std::invalid_argument);
    CHECK(told == 1);
  });
}

TEST_CASE("PO28 pool: a result that cannot be serialised is an error, and costs no worker") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    workers.ready().get();
    const auto pids = pids_of(workers);
    for (int i = 0; i < 20; ++i) {
      try {
        (void)workers.apply<&give>(true).get();
        FAIL("no exception");
      } catch (const send_error& e) {
        CHECK(std::string(e.what()).find("refuses, cannot be sent: ") != std::string::npos);
        CHECK(std::string(e.what()).find("cannot be written") != std::string::npos);
      }
    }
    CHECK_FALSE(workers.apply<&give>(false).get().so);
    CHECK(pids_of(workers) == pids);
  });
}

TEST_CASE("PO29 pool: with a task limit workers are replaced, and every result is right") {
  actor_system system({.workers = 2});
  const pool workers = system.run(pool::start(system, {.processes = 3, .maxtasksperchild = 10}));
  const auto before = pids_of(workers);
  CHECK(before.size() == 3);
  std::vector<pool_result<int>> results;
  for (int i = 0; i < 100; ++i) results.push_back(workers.apply_async<&square>(i));
  for (int i = 0; i < 100; ++i) CHECK(results[static_cast<std::size_t>(i)].get() == i * i);
  eventually([&] {
    const auto now = pids_of(workers);
    return now.size() == 3 && now.count(0) == 0 && now != before;
  });
  workers.close().get();
  workers.join().get();
}

TEST_CASE("PO30 pool: closing a pool with limited workers early still completes what was queued") {
  actor_system system({.workers = 2});
  const pool workers = system.run(pool::start(system, {.processes = 3, .maxtasksperchild = 1}));
  std::vector<pool_result<int>> results;
  for (int i = 0; i < 12; ++i) results.push_back(workers.apply_async<&wait_a_while>(i));
  workers.close().get();
  workers.join().get();
  for (int i = 0; i < 12; ++i) CHECK(results[static_cast<std::size_t>(i)].get() == i);
}

TEST_CASE("PO31 pool: a task limit of 0, negative, fractional or of another type is refused") {
  actor_system system({.workers = 1});
  for (const int limit : {0, -1}) {
    CHECK_THROWS_AS(pool::spawn(system, {.maxtasksperchild = limit}), std::invalid_argument);
    CHECK_THROWS_AS(pool::launch(system, {.maxtasksperchild = limit}), std::invalid_argument);
  }
  static_assert(std::is_convertible_v<int, whole_number>);
  static_assert(!std::is_convertible_v<double, whole_number>);
  static_assert(!std::is_convertible_v<const char*, whole_number>);
  static_assert(!std::is_convertible_v<bool, whole_number>);
}

TEST_CASE("PO32 pool: a program that ends with a pool still open ends with 0 and does not hang") {
  actor_system system({.workers = 1});
  process program = system.run(system.start_process<&leave_open>({}));
  const exit_reason end = system.run(program.wait());
  CHECK(end.code == 0);
  CHECK(end.signal == 0);
}

TEST_CASE(
    "PO33 pool: if the k-th worker cannot be started, those started end and the error gets out") {
  private_directory dir;
  actor_system system({.workers = 2});
  try {
    system.run(pool::start(
        system, {.processes = 4, .initializer = call_of<&start_but_twice>(dir.path().string())}));
    FAIL("no exception");
  } catch (const broken_error& e) {
    CHECK(std::string(e.what()).find("there are two already") != std::string::npos);
  }
  CHECK(census::children().empty());
}

TEST_CASE(
    "PO34 pool: the initialiser runs once in a pool of one; something not callable is refused") {
  actor_system system({.workers = 2});
  const pool workers =
      system.run(pool::start(system, {.processes = 1, .initializer = call_of<&count_start>()}));
  for (int i = 0; i < 3; ++i) CHECK(workers.apply<&starts_here>(0).get() == 1);
  CHECK(starts == 0);
  workers.close().get();
  workers.join().get();
  static_assert(task_function<&count_start>);
  static_assert(!task_function<7>);
}

TEST_CASE("PO35 pool: 200 workers, 1,000 tasks: right sum, nothing on the error stream") {
  captured_stderr said;
  {
    actor_system system({.workers = 2});
    const pool workers = system.run(pool::start(
        system, {.processes = 200}, {.method = start_method::forkserver, .start_timeout = 60s}));
    const auto got = workers.map<&square>(up_to(1000), 1).get();
    CHECK(std::accumulate(got.begin(), got.end(), 0L) == 332'833'500);
    workers.close().get();
    workers.join().get();
  }
  CHECK(said.text() == "");
}

TEST_CASE("PO36 pool: a handle can be used and ended from a child") {
  in_every_pool([](place& here, const pool& workers) {
    const auto child = here.spawn_apart<user>();
    CHECK(child.ask(use_pool{workers}).get() == 0 + 1 + 4 + 9);
    CHECK_THROWS_AS(workers.apply<&square>(1).get(), cancelled_error);
  });
}

}  // namespace pool_rows
