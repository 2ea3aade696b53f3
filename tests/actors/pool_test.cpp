// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <captured.hpp>
#include <eventually.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/event.hpp>
#include <troupe/pool.hpp>
#include <troupe/simulation.hpp>

namespace pool_test {

using namespace troupe;
using namespace std::chrono_literals;

/// Pools whose workers are threads.

int square(int x) { return x * x; }
int product(int a, int b) { return a * b; }
void nothing(int) {}
struct own_error : std::exception {
  int code = 0;
  own_error() = default;
  explicit own_error(int c) : code(c) {}
  const char* what() const noexcept override { return "own"; }
};
int fail_at_three(int x) {
  if (x == 3) throw std::out_of_range("three");
  if (x == 33) throw own_error(7);
  return x;
}
std::unique_ptr<int> boxed(std::unique_ptr<int> x) { return std::make_unique<int>(*x + 1); }
unsigned workers_of(actor_system& system, int) { return system.workers(); }

/// A coroutine, which is in the middle of its task until `go`.
task<int> after(event go, int x) {
  co_await go.wait();
  co_return x;
}

task<int> after_pair(std::pair<event, int> what) {
  co_await what.first.wait();
  co_return what.second;
}
task<void> wait(event go) { co_await go.wait(); }

std::atomic<int> runs{0};
task<int> counted_after(event go, int x) {
  ++runs;
  co_await go.wait();
  co_return x;
}
std::atomic<int> starts{0};
void start() { ++starts; }
void refuse_to_start() { throw std::runtime_error("no"); }

std::vector<int> up_to(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// Kills the worker that has something to do.
void kill_who_works(const pool& workers) {
  for (const auto& one : workers.crew().get()) {
    if (one.tasks != 0) one.worker.kill();
  }
}

TEST_CASE("pool: apply gives the value of one call") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  CHECK(workers.apply<&square>(7).get() == 49);
  CHECK(workers.apply<&product>(6, 7).get() == 42);
  CHECK(workers.apply<[](int x) { return x + 1; }>(1).get() == 2);
  CHECK(*workers.apply<&boxed>(std::make_unique<int>(1)).get() == 2);
  CHECK(workers.apply<&workers_of>(0).get() == 2);
  workers.apply<&nothing>(1).get();
  workers.close().get();
  workers.join().get();
}

TEST_CASE("pool: map gives the values in the order of the input, whatever the chunks") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 3});
  const auto inside = workers.enter().get();
  for (const int n : {0, 1, 2, 100, 5000}) {
    for (const std::size_t chunk : {1u, 7u, 1000u}) {
      const auto got = workers.map<&square>(up_to(n), chunk).get();
      REQUIRE(got.size() == static_cast<std::size_t>(n));
      for (int i = 0; i < n; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i * i);
    }
  }
  workers.map<&nothing>(up_to(10)).get();
  const std::vector<std::pair<int, int>> pairs{{1, 2}, {3, 4}};
  CHECK(workers.starmap<&product>(pairs).get() == std::vector{2, 12});
}

TEST_CASE("pool: it is used from an actor as from a thread") {
  actor_system system({.workers = 1});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  const auto use = [](pool p) -> task<int> {
    const auto squares = co_await p.map<&square>(up_to(10));
    auto stream = p.imap<&square>(up_to(10));
    int sum = std::accumulate(squares.begin(), squares.end(), 0);
    while (auto each = co_await stream.next()) sum += *each;
    co_return sum + co_await p.apply<&square>(1);
  };
  CHECK(system.run(use(workers)) == 2 * 285 + 1);
}

TEST_CASE("pool: an exception of a task comes back as itself, and each() tells of each task") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  CHECK_THROWS_WITH_AS(workers.apply<&fail_at_three>(3).get(), "three", std::out_of_range);
  CHECK_THROWS_AS(workers.apply<&fail_at_three>(33).get(), own_error);
  CHECK_THROWS_WITH_AS(workers.map<&fail_at_three>(up_to(6)).get(), "three", std::out_of_range);
  const auto each = workers.map<&fail_at_three>(up_to(6)).each().get();
  REQUIRE(each.size() == 6);
  CHECK(*each[5] == 5);
  REQUIRE(each[3].has_error());
  CHECK(each[3].error().how == task_end::threw);
  CHECK(each[3].error().text.starts_with("task 3 of pool_test::fail_at_three, in worker "));
  CHECK(each[3].error().text.ends_with("std::out_of_range: three"));
  CHECK(each[3].error().type == "std::out_of_range");
}

TEST_CASE("pool: bad use is named") {
  actor_system system({.workers = 2});
  CHECK_THROWS_WITH_AS(pool::spawn(system, {.processes = 0}),
                       "pool_options.processes is 0; a pool needs at least 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(pool::spawn(system, {.maxtasksperchild = 0}),
                       "pool_options.maxtasksperchild is 0; a worker must be allowed at least 1",
                       std::invalid_argument);
  CHECK_THROWS_AS(pool::spawn(system, {.deaths_max = 0}), std::invalid_argument);
  const pool workers = pool::spawn(system, {.processes = 1});
  CHECK_THROWS_AS(std::ignore = workers.map<&square>(up_to(3), 0), std::invalid_argument);
  CHECK_THROWS_AS(std::ignore = workers.apply<&square>(3).timeout(0s), std::invalid_argument);
  CHECK_THROWS_AS(workers.join().get(), misuse_error);
  workers.close().get();
  CHECK_THROWS_WITH_AS(workers.apply<&square>(1).get(),
                       "the pool 'pool' is closed: it takes no more tasks", misuse_error);
  CHECK_THROWS_AS(std::ignore = workers.enter().get(), misuse_error);
  auto late = workers.imap<&square>(up_to(3));
  CHECK_THROWS_AS(late.next().get(), misuse_error);
  workers.join().get();
  CHECK_THROWS_AS(pool().apply<&square>(1).get(), actor_down);
}

TEST_CASE("pool: imap reads its input only as far as is needed, and gives the values in order") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  int read = 0;
  auto numbers = std::views::iota(0, 1000) | std::views::transform([&read](int i) {
                   ++read;
                   return i;
                 });
  auto squares = workers.imap<&square>(numbers).ahead(10);
  CHECK(read == 0);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(squares.next().get() == i * i);
    REQUIRE(read <= i + 10 + 1);
  }
  auto chunks = workers.imap<&square>(up_to(25)).chunk(4);
  int next = 0;
  while (auto got = chunks.next().get()) {
    REQUIRE(*got == next * next);
    ++next;
  }
  CHECK(next == 25);
  CHECK_FALSE(chunks.next().get());
}

TEST_CASE("pool: imap_unordered gives each value once") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  auto all = workers.imap_unordered<&square>(up_to(200)).chunk(3);
  std::multiset<int> seen;
  while (auto got = all.next().get()) seen.insert(*got);
  CHECK(seen.size() == 200);
  for (int i = 0; i < 200; ++i) REQUIRE(seen.count(i * i) == 1);
}

TEST_CASE("pool: imap_unordered gives what is done first, imap waits for what is first") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const event gone = event::spawn(system);
  gone.set().get();
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  const std::vector<std::pair<event, int>> inputs{{go, 0}, {gone, 1}, {gone, 2}};
  auto unordered = workers.imap_unordered<&after_pair>(inputs);
  CHECK(unordered.next().get() == 1);
  CHECK(unordered.next().get() == 2);
  go.set().get();
  CHECK(unordered.next().get() == 0);
  CHECK_FALSE(unordered.next().get());
}

TEST_CASE("pool: a source that throws in the middle: what was read comes, then its exception") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  auto faulty = std::views::iota(0, 10) | std::views::transform([](int i) {
                  if (i == 6) throw std::domain_error("source");
                  return i;
                });
  CHECK_THROWS_AS(std::ignore = workers.map<&square>(faulty), std::domain_error);
  for (const std::size_t chunk : {1u, 2u, 4u}) {
    auto squares = workers.imap<&square>(faulty).chunk(chunk);
    for (int i = 0; i < 6; ++i) REQUIRE(squares.next().get() == i * i);
    CHECK_THROWS_WITH_AS(squares.next().get(), "source", std::domain_error);
    CHECK_FALSE(squares.next().get());
  }
  CHECK(workers.apply<&square>(2).get() == 4);
}

TEST_CASE("pool: begun at once, waited for later; the callbacks come before the result") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  const auto later = workers.apply_async<&after>(go, 5);
  CHECK_FALSE(later.ready());
  CHECK_THROWS_AS(std::ignore = later.successful(), misuse_error);
  CHECK_THROWS_AS(later.get(1ms), timeout_error);
  CHECK_FALSE(later.wait(0ms));
  go.set().get();
  CHECK(later.get() == 5);
  CHECK(later.get() == 5);
  CHECK(later.successful());

  std::atomic<int> calls{0};
  const auto good = workers.map<&square>(up_to(3)).start(
      [&](const std::vector<int>& all) { calls += static_cast<int>(all.size()); },
      [&](const std::exception_ptr&) { calls += 100; });
  CHECK(good.get() == std::vector{0, 1, 4});
  CHECK(calls == 3);
  const auto bad = workers.map<&fail_at_three>(up_to(4)).start(
      [&](const std::vector<int>&) { calls += 100; },
      [&](const std::exception_ptr& e) {
        CHECK_THROWS_AS(std::rethrow_exception(e), std::out_of_range);
        ++calls;
      });
  bad.wait();
  CHECK_FALSE(bad.successful());
  CHECK(calls == 4);
  CHECK_THROWS_AS(bad.get(), std::out_of_range);
  workers.map_async<&nothing>(up_to(3)).get();
}

TEST_CASE("pool: what is cancelled and has not begun is never done") {
  actor_system system({.workers = 2});
  runs = 0;
  const event go = event::spawn(system);
  const pool workers = pool::spawn(system, {.processes = 1});
  const auto inside = workers.enter().get();
  std::vector<std::pair<event, int>> inputs(50, {go, 1});
  const auto first = workers.apply_async<&counted_after>(go, 1);
  eventually([&] { return runs == 1; });
  const auto result = workers.starmap_async<&counted_after>(inputs);
  std::stop_source stop;
  auto stopped = workers.starmap<&counted_after>(inputs).until(stop.get_token()).start();
  eventually(
      [&] { return workers.describe().get() == "pool: 1/1 workers, 100 tasks waiting, open"; });
  result.cancel();
  CHECK_THROWS_AS(result.get(), cancelled_error);
  stop.request_stop();
  CHECK_THROWS_AS(stopped.get(), cancelled_error);
  eventually(
      [&] { return workers.describe().get() == "pool: 1/1 workers, 0 tasks waiting, open"; });
  go.set().get();
  CHECK(first.get() == 1);
  CHECK(runs == 1);
}

TEST_CASE("pool: a stream that is dropped, or whose owner ends, drops what has not begun") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const pool workers = pool::spawn(system, {.processes = 1});
  const auto inside = workers.enter().get();
  const std::vector<event> inputs(20, go);
  const auto idle = [&] {
    return workers.describe().get() == "pool: 1/1 workers, 0 tasks waiting, open";
  };
  const auto owner = system.spawn([&workers, &inputs](mailbox<>) -> behavior {
    auto stream = workers.imap<&wait>(inputs);
    co_await stream.next();
  });
  eventually([&] { return !idle(); });
  owner.kill();
  eventually(idle);
  {
    auto stream = workers.imap<&wait>(inputs);
    std::stop_source never;
    const auto taking = system.spawn([&stream](mailbox<>) -> behavior { co_await stream.next(); });
    eventually([&] { return !idle(); });
    taking.kill();
  }
  eventually(idle);
  go.set().get();
}

TEST_CASE("pool: the task that a worker dies in is lost, the others are done by its successor") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const pool workers = pool::spawn(system, {.processes = 1});
  const auto inside = workers.enter().get();
  runs = 0;
  std::vector<std::pair<event, int>> inputs;
  for (int i = 0; i < 6; ++i) inputs.emplace_back(go, i);
  const auto result = workers.starmap<&counted_after>(inputs, 6).start();
  eventually([&] { return runs == 1; });
  kill_who_works(workers);
  eventually([&] { return runs == 2; });
  go.set().get();
  try {
    result.get();
    FAIL("no exception");
  } catch (const task_lost& lost) {
    CHECK(lost.pid() == getpid());
    CHECK(lost.signal() == 0);
    CHECK(lost.deaths() == 1);
    CHECK(
        std::string(lost.what()).starts_with("task 0 of pool_test::counted_after: its worker 1 "));
    CHECK(std::string(lost.what()).ends_with("ended in it: killed"));
  }
  CHECK(runs == 6);
  CHECK(workers.crew().get().at(0).number == 2);
}

TEST_CASE("pool: a task marked idempotent is done again, until it has ended too many workers") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const pool workers = pool::spawn(system, {.processes = 1, .deaths_max = 3});
  const auto inside = workers.enter().get();
  runs = 0;
  const auto again = workers.apply<&counted_after>(go, 5).idempotent().start();
  for (int death = 1; death <= 2; ++death) {
    eventually([&] { return runs == death; });
    kill_who_works(workers);
  }
  eventually([&] { return runs == 3; });
  go.set().get();
  CHECK(again.get() == 5);
  go.clear().get();
  const auto poison = workers.apply<&counted_after>(go, 5).idempotent().start();
  for (int death = 1; death <= 3; ++death) {
    eventually([&] { return runs == 3 + death; });
    kill_who_works(workers);
  }
  CHECK_THROWS_AS(poison.get(), task_lost);
  go.set().get();
  CHECK(workers.apply<&square>(3).get() == 9);
}

TEST_CASE("pool: a task that takes too long has timed out, and its worker is replaced") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const event gone = event::spawn(system);
  gone.set().get();
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  const std::vector<std::pair<event, int>> inputs{{gone, 0}, {go, 1}, {gone, 2}};
  const auto each = workers.starmap<&after>(inputs).timeout(2s).each().get();  // long for a task
  CHECK(*each[0] == 0);
  CHECK(*each[2] == 2);
  REQUIRE(each[1].has_error());
  CHECK(each[1].error().how == task_end::timed_out);
  CHECK_THROWS_AS(each[1].value(), timeout_error);
  eventually([&] { return workers.crew().get().size() == 2; });
}

TEST_CASE("pool: a worker that has done its share is replaced") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2, .maxtasksperchild = 3});
  const auto got = workers.map<&square>(up_to(20), 2).get();
  CHECK(got.back() == 361);
  for (const auto& one : workers.crew().get()) CHECK(one.tasks <= 3);
  workers.close().get();
  workers.join().get();
  CHECK(workers.crew().get().empty());
}

TEST_CASE("pool: the initializer runs once in each worker; if it throws, there is no pool") {
  actor_system system({.workers = 2});
  starts = 0;
  const pool workers = pool::spawn(system, {.processes = 3, .initializer = call_of<&start>()});
  workers.ready().get();
  CHECK(starts == 3);
  workers.terminate().get();
  workers.join().get();
  const pool none =
      pool::spawn(system, {.processes = 3, .initializer = call_of<&refuse_to_start>()});
  CHECK_THROWS_AS(none.ready().get(), broken_error);
  CHECK_THROWS_AS(none.apply<&square>(1).get(), broken_error);
  none.join().get();
}

TEST_CASE("pool: close() lets it finish, terminate() does not, and both let join() return") {
  actor_system system({.workers = 2});
  const event go = event::spawn(system);
  const pool first = pool::spawn(system, {.processes = 2});
  std::vector<std::pair<event, int>> inputs(20, {go, 1});
  const auto done = first.starmap<&after>(inputs, 1).start();
  eventually([&] { return first.describe().get().find("18 tasks") != std::string::npos; });
  first.close().get();
  go.set().get();
  first.join().get();
  CHECK(done.get().size() == 20);
  go.clear().get();
  const pool second = pool::spawn(system, {.processes = 2});
  auto stream = second.imap<&square>(up_to(5)).ahead(1);
  CHECK(stream.next().get() == 0);
  const auto never = second.starmap_async<&after>(inputs);
  second.terminate().get();
  second.join().get();
  CHECK_THROWS_WITH_AS(never.get(), "the pool 'pool' was terminated", cancelled_error);
  CHECK_THROWS_AS(stream.next().get(), cancelled_error);
  CHECK_THROWS_AS(second.apply<&square>(1).get(), cancelled_error);
}

/// Orders something and closes the pool right after it.
behavior hasty(mailbox<>, pool workers, bool with_progress, int& got) {
  auto order = workers.apply<&square>(3);
  if (with_progress) order = std::move(order).progress([](std::size_t, std::size_t) {});
  const auto later = std::move(order).start();
  co_await workers.close();
  CHECK(co_await later.finished());
  got = later.get();
  co_await workers.join();
  bool refused = false;
  try {
    co_await workers.apply<&square>(1);
  } catch (const error&) {
    refused = true;
  }
  CHECK(refused);
}

TEST_CASE("pool: what an actor has begun comes before its close(), in whatever order turns are") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    for (const bool with_progress : {false, true}) {
      simulation sim(seed);
      int got = 0;
      const pool workers = pool::spawn(sim.system(), {.processes = 1});
      sim.system().spawn<&hasty>(workers, with_progress, std::ref(got));
      sim.run();
      CAPTURE(seed);
      CAPTURE(with_progress);
      CHECK(got == 9);
    }
  }
}

TEST_CASE(
    "pool: a begun result that is cancelled before it was ordered keeps no closed pool waiting") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    simulation sim(seed);
    bool joined = false;
    const pool workers = pool::spawn(sim.system(), {.processes = 1});
    sim.system().spawn([&](mailbox<>) -> behavior {
      const auto later = workers.apply_async<&square>(3);
      later.cancel();
      co_await workers.close();
      co_await workers.join();
      joined = true;
    });
    sim.run();
    CAPTURE(seed);
    CHECK(joined);
  }
}

TEST_CASE("pool: its end takes its workers along and tells all who wait") {
  actor_system system({.workers = 2});
  const auto before = system.live_actors();
  const event go = event::spawn(system);
  captured_stderr said;
  const pool workers = pool::spawn(system, {.processes = 2, .name = "abandoned"});
  std::vector<std::pair<event, int>> inputs(5, {go, 1});
  const auto never = workers.starmap_async<&after>(inputs);
  eventually([&] { return go.waiting().get() == 2; });
  workers.coordinator().kill();
  CHECK_THROWS_AS(never.get(), actor_down);
  eventually([&] { return go.waiting().get() == 0 && system.live_actors() == before + 1; });
  CHECK(said.text() ==
        "troupe: the pool 'abandoned' was neither closed nor terminated; it ends with 1 unfinished "
        "order\n");
}

TEST_CASE("pool: how far it is can be watched") {
  actor_system system({.workers = 2});
  const pool workers = pool::spawn(system, {.processes = 2});
  const auto inside = workers.enter().get();
  std::vector<std::size_t> seen;
  const auto got = workers.map<&square>(up_to(50), 5)
                       .progress([&](std::size_t done, std::size_t all) {
                         CHECK(all == 50);
                         seen.push_back(done);
                       })
                       .get();
  CHECK(got.size() == 50);
  REQUIRE_FALSE(seen.empty());
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == 50);
}

}  // namespace pool_test
