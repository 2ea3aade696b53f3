// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "../transport/crew.hpp"
#include "../transport/lives.hpp"
#include "eventually.hpp"
#include "methods.hpp"

namespace process_end_rows {

// How processes end, and what they do not leave behind: PR26 to PR41, RT08 to RT11.

using namespace troupe;
using namespace lives;
using namespace troupe::conformance;

namespace {

exit_reason exit_code(int code) { return {exit_reason::cause::process_ended, code, 0, {}}; }

/// Takes its time over each message.
class slow_writer : public actor<note> {
 public:
  static constexpr bool own_thread = true;
  explicit slow_writer(std::string path) : file_(path, std::ios::app) {}
  void on(const note& n) {
    std::this_thread::yield();
    file_ << n.text << std::endl;
  }

 private:
  std::ofstream file_;
};
task<void> leave_work(actor_system& system, std::string path) {
  std::thread([] {
    for (;;) ::pause();
  }).detach();  // holds nobody
  auto writer = system.spawn<slow_writer>(path);
  for (int i = 0; i < 1000; ++i) writer.tell(note{std::to_string(i)});
  co_return;
}
std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  return last;
}

}  // namespace

TEST_CASE(
    "PR26 process: a child ends when its actors have done their work, not when threads have") {
  in_every_method("PR26", [](stage& s, start_method how) {
    const std::string path = "/tmp/troupe_pr26_" + std::to_string(getpid());
    CHECK(end_of(s.system, begun<&leave_work>(s.system, {.method = how}, path)) == exit_code(0));
    CHECK(last_line(path) == "999");
    std::filesystem::remove(path);
  });
}

namespace {
task<int> start_without_streams(actor_system& system, start_method how) {
  for (int stream : {0, 1, 2}) ::close(stream);
  auto starting = system.start_process<&returning>({.method = how}, 8);
  process child = co_await std::move(starting);
  const exit_reason why = co_await child.wait();
  co_return why.code;
}
task<int> start_with_actor(actor_system& system, start_method how) {
  ::close(0);
  auto starting = system.start_process({.method = how});
  process child = co_await std::move(starting);
  auto spawning = child.spawn<crew::tally>(1L);
  const crew::tally_ref there = co_await std::move(spawning);
  there.tell(crew::add{6});
  auto asking = there.ask(crew::total{});
  const long sum = co_await std::move(asking);
  co_return static_cast<int>(sum);
}
task<void> break_streams(actor_system&) {
  std::fputs("never to be flushed", stdout);
  for (int stream : {0, 1, 2}) ::close(stream);
  co_return;
}
}  // namespace

TEST_CASE("PR27 process: a child runs where its parent has no standard streams") {
  in_every_method("PR27", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&start_without_streams>(s.system, {}, how)) == exit_code(8));
  });
}

TEST_CASE("PR28 process: a child that breaks its streams still ends with 0") {
  in_every_method("PR28", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&break_streams>(s.system, {.method = how})) == exit_code(0));
  });
}

TEST_CASE("PR31 process: an object at the other end of pipes answers until it is told to stop") {
  in_every_method("PR31", [](stage& s, start_method how) {
    auto [child, there] = s.hire<crew::tally>({.method = how});
    for (long i = 1; i <= 3; ++i) {
      there.tell(crew::add{i});
      CHECK(there.ask(crew::total{}).get() == i * (i + 1) / 2);
    }
    child.stop();
    CHECK(end_of(s.system, child) == exit_code(0));
  });
}

namespace {
task<int> fail(actor_system&, std::string why) {
  throw std::runtime_error(why);
  co_return 0;
}
}  // namespace

TEST_CASE("PR32 PR33 process: an error that leaves a life is written out, and is exit code 1") {
  in_every_method("PR32", [](stage& s, start_method how) {
    auto book = s.system.spawn<notebook>();
    const std::string why(5000, 'x');
    auto child = begun<&fail>(
        s.system, {.name = "failing", .method = how, .err = actor_ref<output_line>(book)}, why);
    CHECK(end_of(s.system, child) == exit_code(1));
    CHECK(joined(book.ask(notes{1}).get()) == "err failing: error: " + why + "\n");
    book.stop();
  });
}

namespace {
task<bool> is_true(actor_system&) { co_return true; }
task<bool> is_false(actor_system&) { co_return false; }
}  // namespace

TEST_CASE("PR34 process: exit codes pass through") {
  in_every_method("PR34", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&is_true>(s.system, {.method = how})) == exit_code(1));
    CHECK(end_of(s.system, begun<&is_false>(s.system, {.method = how})) == exit_code(0));
    CHECK(end_of(s.system, begun<&returning>(s.system, {.method = how}, 8)) == exit_code(8));
    CHECK(end_of(s.system, begun<&nothing>(s.system, {.method = how})) == exit_code(0));
  });
}

namespace {
task<void> register_farewell(actor_system&) {
  std::atexit([] { std::puts("at exit"); });
  co_return;
}
}  // namespace

TEST_CASE("PR35 process: handlers for the exit run in a child, too") {
  // Not by fork: those of the parent would run as well.
  in_methods(std::span(all_methods).first(2), "PR35", [](stage& s, start_method how) {
    auto book = s.system.spawn<notebook>();
    auto child = begun<&register_farewell>(
        s.system, {.name = "polite", .method = how, .out = actor_ref<output_line>(book)});
    CHECK(end_of(s.system, child) == exit_code(0));
    CHECK(joined(book.ask(notes{1}).get()) == "out polite: at exit\n");
    book.stop();
  });
}

namespace {
// A program that starts processes before it comes to run: here, if it is told to.
const bool unguarded = [] {
  if (!std::getenv("TROUPE_TEST_UNGUARDED") || !std::getenv("TROUPE_CHILD")) return false;
  try {
    actor_system system({.workers = 1});
    (void)system.run(system.start_process({}));
  } catch (const misuse_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    std::fflush(stderr);
    std::_Exit(7);
  }
  return true;
}();
}  // namespace

TEST_CASE("PR36 process: one that starts processes before it runs fails, and does not multiply") {
  stage s("PR36");
  auto book = s.system.spawn<notebook>();
  const std::string why = refusal<actor_down>(
      s.system,
      {.environment = {{"TROUPE_TEST_UNGUARDED", "1"}}, .err = actor_ref<output_line>(book)});
  CHECK(why.find("code 7") != std::string::npos);
  CHECK(joined(book.ask(notes{1}).get()).find("has not come to troupe::run") != std::string::npos);
  book.stop();
}

namespace {
task<int> is_open(actor_system&, int fd) { co_return fcntl(fd, F_GETFD) >= 0 ? 1 : 0; }
}  // namespace

TEST_CASE("PR37 RT08 process: a child does not inherit what it was not given") {
  in_every_method("PR37", [](stage& s, start_method how) {
    const int forgotten = fcntl(0, F_DUPFD, 200);  // without close-on-exec
    REQUIRE(forgotten >= 200);
    CHECK(end_of(s.system, begun<&is_open>(s.system, {.method = how}, forgotten)) == exit_code(0));
    ::close(forgotten);
  });
}

TEST_CASE("PR38 process: a wait goes on when a signal interrupts it") {
  stage s("PR38");
  static std::atomic<int> alarms{0};
  struct sigaction ours{}, before{};
  ours.sa_handler = [](int) { ++alarms; };  // without SA_RESTART
  sigaction(SIGALRM, &ours, &before);
  auto child = begun<&for_ever>(s.system, {});
  const itimerval often{{0, 1000}, {0, 1000}};
  const itimerval never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  const auto none = s.system.run(child.wait(50ms));
  CHECK_FALSE(none);
  child.kill();
  CHECK(end_of(s.system, child).signal == SIGKILL);
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  CHECK(alarms > 0);
}

TEST_CASE("PR39 process: a child without standard input can have a child to talk to") {
  in_every_method("PR39", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&start_with_actor>(s.system, {.method = how}, how)) ==
          exit_code(7));
  });
}

namespace {
task<int> nest(actor_system& system, int depth, start_method how, actor_ref<note> to) {
  to.tell(note{std::to_string(census::descriptors())});
  if (depth == 0) co_return 0;
  auto starting = system.start_process<&nest>({.method = how}, depth - 1, how, to);
  process child = co_await std::move(starting);
  const exit_reason why = co_await child.wait();
  co_return why.code == 0 && system.children().empty() ? 0 : 1;
}
}  // namespace

TEST_CASE("PR41 process: what is kept does not grow with the depth of nesting") {
  in_every_method("PR41", [](stage& s, start_method how) {
    auto book = s.system.spawn<notebook>();
    auto root = begun<&nest>(s.system, {.method = how}, 4, how, actor_ref<note>(book));
    CHECK(end_of(s.system, root) == exit_code(0));
    const std::vector<std::string> all = book.ask(notes{5}).get();
    for (const std::string& each : all) CHECK(each == all.front());
    book.stop();
  });
}

namespace {
struct named : actor<> {};
}  // namespace

TEST_CASE("RT06 process: a name that is too long to be told to others is refused") {
  stage s("RT06");
  const std::string longest(255, 'n');
  const auto who = s.system.spawn<named>();
  CHECK(s.system.register_name(longest, who).has_value());
  const auto refused = s.system.register_name(longest + "n", who);
  CHECK(refused.error().code == errc::misuse);
  CHECK(refused.error().text.find("is longer than 255 bytes") != std::string::npos);
  CHECK(end_of(s.system, begun<&nothing>(s.system, {.name = longest})).code == 0);
  CHECK(refusal<std::invalid_argument>(s.system, {.name = longest + "n"}) ==
        "process_options.name has more than 255 bytes");
}

namespace {
task<int> own_level(actor_system& system) { co_return static_cast<int>(system.least_log_level()); }
task<void> say_all(actor_system& system) {
  log(system, log_level::info, "an info");
  log(system, log_level::warning, "a warning");
  log(system, log_level::error, "an error");
  co_return;
}
}  // namespace

TEST_CASE("PR42 process: a child logs at the level that its parent has set") {
  in_every_method("PR42", [](stage& s, start_method how) {
    for (const log_level least : {log_level::error, log_level::info, log_level::warning}) {
      s.system.set_log_level(least);
      CHECK(s.system.least_log_level() == least);
      CHECK(end_of(s.system, begun<&own_level>(s.system, {.method = how})) ==
            exit_code(static_cast<int>(least)));
    }
    auto book = s.system.spawn<notebook>();
    auto child = begun<&say_all>(
        s.system, {.name = "talker", .method = how, .err = actor_ref<output_line>(book)});
    CHECK(end_of(s.system, child) == exit_code(0));
    CHECK(joined(book.ask(notes{2}).get()) ==
          "err talker: talker: a warning\nerr talker: talker: an error\n");
    book.stop();
  });
}

// What runs at the end of something ----------------------------------------------------------------

namespace {
struct finaliser : actor<> {
  explicit finaliser(std::vector<int>& into, int which) : into_(into), which_(which) {}
  ~finaliser() { into_.push_back(which_); }
  std::vector<int>& into_;
  int which_;
};
}  // namespace

TEST_CASE("RT09 finaliser: it runs when its object goes, once, or early by hand") {
  std::vector<int> ran;
  actor_system system({.workers = 1});
  auto early = system.spawn<finaliser>(ran, 1);
  system.spawn<finaliser>(ran, 2);
  early.stop();
  system.run([](actor_ref<> early) -> task<void> { co_await ended(early); }(early));
  CHECK(ran == std::vector<int>{1});
  CHECK(system.shutdown());
  CHECK(ran == std::vector<int>{1, 2});
}

TEST_CASE("RT10 finaliser: what was made last ends first") {
  std::vector<int> ran;
  actor_system system({.workers = 1});
  for (int i = 0; i < 5; ++i) system.spawn<finaliser>(ran, i);
  CHECK(system.shutdown());
  CHECK(ran == std::vector<int>{4, 3, 2, 1, 0});
}

TEST_CASE("RT11 finaliser: some may run while others are being made by other threads") {
  std::atomic<int> made{0}, gone{0};
  struct counted : actor<> {
    explicit counted(std::atomic<int>& made, std::atomic<int>& gone) : gone_(gone) { ++made; }
    ~counted() { ++gone_; }
    std::atomic<int>& gone_;
  };
  {
    actor_system system({.workers = 2});
    std::vector<std::thread> makers;
    for (int t = 0; t < 4; ++t) {
      makers.emplace_back([&] {
        try {
          for (;;) system.spawn<counted>(made, gone).stop();
        } catch (const cancelled_error&) {  // the system is shutting down
        }
      });
    }
    eventually([&] { return gone > 1000; });
    CHECK(system.shutdown());
    for (auto& each : makers) each.join();
  }
  CHECK(made == gone);
}

}  // namespace process_end_rows
