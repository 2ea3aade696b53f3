// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <csignal>
#include <eventually.hpp>
#include <fstream>
#include <numeric>
#include <private_directory.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <troupe/process.hpp>
#include <troupe/process_pool.hpp>

#include "../transport/census.hpp"

using namespace troupe;
using namespace std::chrono_literals;

/// Pools whose workers are processes. What both kinds share is in tests/actors/pool_test.cpp.
namespace process_pool_test {

int square(int x) { return x * x; }
int process_id(int) { return getpid(); }
int die_at_three(int x) {
  if (x == 3) std::raise(SIGKILL);
  return x;
}
/// Writes down that it has begun, then takes a while, or dies.
int written(std::string file, int x, int deadly) {
  const std::string line = std::to_string(x) + "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  (void)!::write(fd, line.data(), line.size());
  ::close(fd);
  if (x == deadly) std::raise(SIGKILL);
  return x;
}
std::multiset<int> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istream_iterator<int>(in), {}};
}
int hang(int x) {
  if (x == 1) ::pause();
  return x;
}

struct own_error : std::exception {
  int code = 0;
  std::string text;
  const char* what() const noexcept override { return text.c_str(); }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(code, text);
  }
};
struct strange {};
int fail(int how) {
  own_error own;
  own.code = 7;
  own.text = "own";
  if (how == 0) throw std::out_of_range("far");
  if (how == 1) throw own;
  if (how == 2) throw strange{};
  return how;
}

struct stays {
  static constexpr bool local_only = true;
  int x = 0;
};
struct refuses {
  bool so = false;
  template <class Archive>
  void serialize(Archive& archive) {
    if (so) throw std::runtime_error("not today");
    archive(so);
  }
};
int use(stays s) { return s.x; }
stays give(int x) { return {x}; }
bool use_refusing(refuses r) { return r.so; }
refuses give_refusing(bool so) { return {so}; }

bool made = false;
void make(bool good) {
  if (!good) throw std::runtime_error("no tables");
  made = true;
}
bool is_made(int) { return made; }

struct use_pool {
  using reply = int;
  pool workers;
};
class user : public actor<use_pool> {
 public:
  task<int> on(use_pool m) {
    const auto squares = co_await m.workers.map<&square>(std::vector{1, 2, 3});
    int sum = std::accumulate(squares.begin(), squares.end(), 0);
    auto stream = m.workers.imap<&square>(std::vector{4, 5});
    while (auto each = co_await stream.next()) sum += *each;
    co_await m.workers.terminate();
    co_return sum;
  }
};

}  // namespace process_pool_test

// So does the file beside this one.
namespace {
int namesake(int x) { return x; }
int other_than_there(int x) { return -x; }
}  // namespace

namespace process_pool_test {

/// A pool in a system of its own; afterwards no child and no descriptor is left.
class fixture {
 public:
  ~fixture() {
    if (workers_) {
      workers_.terminate().get();
      workers_.join().get();
    }
    CHECK(census::children().empty());
    CHECK(system_->shutdown());
    system_.reset();
    CHECK(census::descriptors() == descriptors_);
  }
  actor_system& system() { return *system_; }
  const pool& start(pool_options options) {
    return workers_ = system_->run(pool::start(*system_, std::move(options)));
  }
  std::set<int> pids() const {
    std::set<int> all;
    for (const auto& one : workers_.crew().get()) all.insert(one.pid);
    return all;
  }

 private:
  const std::size_t descriptors_ = census::descriptors();
  std::unique_ptr<actor_system> system_ =
      std::make_unique<actor_system>(system_options{.workers = 2, .shutdown_timeout = 20s});
  pool workers_;
};

std::vector<int> up_to(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace process_pool_test
using namespace process_pool_test;

TEST_CASE("process pool: its workers are so many processes, and what they make comes back") {
  fixture f;
  const pool& workers = f.start({.processes = 2});
  const auto pids = f.pids();
  CHECK(pids.size() == 2);
  CHECK(pids.count(getpid()) == 0);
  const auto seen = workers.map<&process_id>(up_to(200), 1).get();
  for (const int pid : seen) REQUIRE(pids.count(pid) == 1);
  const auto got = workers.map<&square>(up_to(5000)).get();
  for (int i = 0; i < 5000; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i * i);
  auto stream = workers.imap<&square>(up_to(100)).chunk(7);
  int next = 0;
  while (auto each = stream.next().get()) {
    REQUIRE(*each == next * next);
    ++next;
  }
  CHECK(next == 100);
  workers.close().get();
  workers.join().get();
}

TEST_CASE("process pool: functions of one name in nameless namespaces of two files are refused") {
  fixture f;
  const pool& workers = f.start({.processes = 1});
  const auto said = workers.apply<&namesake>(1).each().get();
  REQUIRE(said.has_error());
  INFO(said.error().text);
  CHECK(said.error().text.find("namesake") != std::string::npos);
  CHECK(said.error().text.find("rename") != std::string::npos);
  CHECK(workers.apply<&other_than_there>(1).get() == -1);
}

TEST_CASE("process pool: an initializer that cannot be told from another is no initializer") {
  fixture f;
  CHECK_THROWS_AS(f.start({.processes = 1, .initializer = call_of<&namesake>(1)}), broken_error);
}

TEST_CASE("process pool: the task that kills its worker is lost, and no other") {
  fixture f;
  const pool& workers = f.start({.processes = 2});
  const auto pids = f.pids();
  const auto each = workers.map<&die_at_three>(up_to(50)).each().get();
  REQUIRE(each.size() == 50);
  for (int i = 0; i < 50; ++i) {
    if (i != 3) REQUIRE(*each[static_cast<std::size_t>(i)] == i);
  }
  REQUIRE(each[3].has_error());
  const task_failure lost = each[3].error();
  CHECK(lost.how == task_end::lost);
  CHECK(lost.signal == SIGKILL);
  CHECK(pids.count(lost.pid) == 1);
  CHECK(lost.text == "task 3 of process_pool_test::die_at_three: its worker " +
                         lost.text.substr(lost.text.find("worker ") + 7, 1) + " (pid " +
                         std::to_string(lost.pid) +
                         ") ended in it: its process was ended by signal 9 (Killed)");
  CHECK_THROWS_AS(each[3].value(), task_lost);
  eventually([&] { return f.pids().size() == 2; });
  CHECK(f.pids().count(lost.pid) == 0);
}

TEST_CASE("process pool: what had begun is not begun again, what had not is: each task runs once") {
  private_directory dir;
  fixture f;
  const pool& workers = f.start({.processes = 2});
  for (int round = 0; round < 5; ++round) {
    const auto file = dir.path() / std::to_string(round);
    std::vector<std::tuple<std::string, int, int>> inputs;
    for (int i = 0; i < 400; ++i) inputs.emplace_back(file, i, 50 + 37 * round);
    const auto each = workers.starmap<&written>(inputs, round % 2 == 0 ? 1 : 200).each().get();
    const auto begun = lines_of(file);
    CHECK(begun.size() == 400);
    std::size_t lost = 0;
    for (int i = 0; i < 400; ++i) {
      REQUIRE(begun.count(i) == 1);
      lost += each[static_cast<std::size_t>(i)].has_error();
    }
    CHECK(lost == 1);
    CHECK(each[static_cast<std::size_t>(50 + 37 * round)].error().deaths == 1);
  }
}

TEST_CASE("process pool: a task that is idempotent is done again, but not for ever") {
  private_directory dir;
  fixture f;
  const pool& workers = f.start({.processes = 2, .deaths_max = 3});
  std::vector<std::tuple<std::string, int, int>> inputs;
  for (int i = 0; i < 20; ++i) inputs.emplace_back(dir.path() / "begun", i, 7);
  const auto each = workers.starmap<&written>(inputs, 5).idempotent().each().get();
  const auto begun = lines_of(dir.path() / "begun");
  for (int i = 0; i < 20; ++i) {
    if (i != 7) CHECK(*each[static_cast<std::size_t>(i)] == i);
  }
  CHECK(begun.count(7) == 3);
  CHECK(each[7].error().deaths == 3);
  CHECK(each[7].error().text.ends_with("; set aside after 3 deaths"));
}

TEST_CASE(
    "process pool: a worker that is killed while it is idle is replaced, and nobody notices") {
  fixture f;
  const pool& workers = f.start({.processes = 1});
  for (int i = 0; i < 3; ++i) {
    const int pid = *f.pids().begin();
    ::kill(pid, SIGKILL);
    const auto each = workers.apply<&process_id>(1).idempotent().get();
    CHECK(each != pid);
  }
}

TEST_CASE("process pool: exceptions come as themselves where they can, and say where from") {
  fixture f;
  const pool& workers = f.start({.processes = 1});
  try {
    workers.apply<&fail>(0).get();
    FAIL("no exception");
  } catch (const std::out_of_range& e) {
    CHECK(std::string(e.what()) == "far");
    const auto* from = dynamic_cast<const remote_trace*>(&e);
    REQUIRE(from);
    CHECK(from->trace() ==
          "task 0 of process_pool_test::fail, in worker 1: std::out_of_range: far");
  }
  try {
    workers.apply<&fail, own_error>(1).get();
    FAIL("no exception");
  } catch (const own_error& e) {
    CHECK(e.code == 7);
    CHECK(dynamic_cast<const remote_trace*>(&e));
  }
  CHECK_THROWS_AS(workers.apply<&fail>(1).get(), task_error);
  CHECK_THROWS_AS(workers.apply<&fail>(2).get(), task_error);
  CHECK(workers.apply<&fail>(3).get() == 3);
}

TEST_CASE("process pool: what cannot be sent fails its task alone") {
  fixture f;
  const pool& workers = f.start({.processes = 1});
  const auto pids = f.pids();
  CHECK_THROWS_AS(workers.apply<&use>(stays{1}).get(), send_error);
  CHECK_THROWS_AS(workers.apply<&give>(1).get(), send_error);
  const auto arguments =
      workers.map<&use_refusing>(std::vector{refuses{}, refuses{true}, refuses{}}, 3).each().get();
  CHECK(arguments[0].has_value());
  CHECK(arguments[1].error().how == task_end::not_sendable);
  CHECK(arguments[1].error().text ==
        "task 1 of process_pool_test::use_refusing: its arguments cannot be sent: "
        "std::runtime_error: not today");
  CHECK(arguments[2].has_value());
  const auto values = workers.map<&give_refusing>(std::vector{false, true, false}, 3).each().get();
  CHECK(values[0].has_value());
  CHECK(values[1].error().how == task_end::not_sendable);
  CHECK(values[1].error().text ==
        "its value, a process_pool_test::refuses, cannot be sent: std::runtime_error: not today");
  CHECK(values[2].has_value());
  CHECK(f.pids() == pids);
}

TEST_CASE("process pool: a task that takes too long is ended with its process") {
  fixture f;
  const pool& workers = f.start({.processes = 2});
  const auto pids = f.pids();
  const auto each = workers.map<&hang>(up_to(4)).timeout(2s).each().get();  // long for a task
  CHECK(*each[0] == 0);
  CHECK(*each[3] == 3);
  CHECK(each[1].error().how == task_end::timed_out);
  CHECK(pids.count(each[1].error().pid) == 1);
  eventually([&] { return f.pids().size() == 2 && f.pids().count(each[1].error().pid) == 0; });
}

TEST_CASE("process pool: the initializer runs in each process; if it throws there is no pool") {
  fixture f;
  const pool& workers = f.start({.processes = 2, .initializer = call_of<&make>(true)});
  for (const bool so : workers.map<&is_made>(up_to(20), 1).get()) CHECK(so);
  try {
    f.system().run(pool::start(f.system(), {.processes = 3, .initializer = call_of<&make>(false)}));
    FAIL("no exception");
  } catch (const broken_error& e) {
    CHECK(std::string(e.what()).find("the pool 'pool' cannot start a worker: ") == 0);
    CHECK(std::string(e.what()).find("std::runtime_error: no tables") != std::string::npos);
  }
  CHECK(f.system().children().size() == 2);
}

TEST_CASE(
    "process pool: a program that does not exist is an error of the start, and leaves nothing") {
  fixture f;
  CHECK_THROWS_AS(f.system().run(pool::start(f.system(), {.processes = 2},
                                             {.program = "/nonexistent/program"})),
                  broken_error);
}

TEST_CASE("process pool: processes that have done their share are replaced") {
  fixture f;
  const pool& workers = f.start({.processes = 2, .maxtasksperchild = 5});
  const auto seen = workers.map<&process_id>(up_to(30), 1).get();
  for (const int pid : std::set<int>(seen.begin(), seen.end())) {
    CHECK(std::count(seen.begin(), seen.end(), pid) <= 5);
    CHECK(pid != getpid());
  }
}

TEST_CASE("process pool: the end of the coordinator takes the processes along") {
  fixture f;
  const pool workers = f.system().run(pool::start(f.system(), {.processes = 2}));
  const auto never = workers.map<&hang>(std::vector{1, 1, 1}, 1).start();
  eventually(
      [&] { return workers.describe().get() == "pool: 2/2 workers, 1 tasks waiting, open"; });
  workers.coordinator().kill();
  CHECK_THROWS_AS(never.get(), actor_down);
  eventually([] { return census::children().empty(); });
}

TEST_CASE("process pool: terminate does not wait for tasks, however many and long") {
  fixture f;
  const pool& workers = f.start({.processes = 2});
  const auto never = workers.map<&hang>(std::vector<int>(10'000, 1), 1).start();
  eventually([&] { return workers.describe().get().find(" 9998 tasks") != std::string::npos; });
  workers.terminate().get();
  workers.join().get();
  CHECK_THROWS_AS(never.get(), cancelled_error);
}

TEST_CASE("process pool: its handle travels: it is used and ended from another process") {
  fixture f;
  const pool& workers = f.start({.processes = 2});
  process child = f.system().run(f.system().start_process({}));
  const auto there = f.system().run(child.spawn<user>());
  CHECK(there.ask(use_pool{workers}).get() == 1 + 4 + 9 + 16 + 25);
  workers.join().get();
  child.stop();
  f.system().run(child.wait());
}
