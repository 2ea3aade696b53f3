// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <numeric>
#include <thread>
#include <troupe/blocking.hpp>
#include <troupe/simulation.hpp>
#include <troupe/when.hpp>

#include "crew.hpp"
#include "eventually.hpp"
#include "lives.hpp"

namespace fork_start_test {

// start_method::fork: what is the same as with the others, what comes along, and when it is refused.

using namespace troupe;
using namespace lives;

namespace {

constexpr auto by_fork = start_method::fork;

template <class Life>
process forked(actor_system& system, Life life, process_options options = {}) {
  options.method = by_fork;
  return system.run(system.start_process(std::move(options), std::move(life)));
}
template <class Life>
int code_of(actor_system& system, Life life) {
  const exit_reason why = end_of(system, forked(system, std::move(life)));
  CHECK(why.signal == 0);
  return why.code;
}

struct tally_of {
  using reply = crew::tally_ref;
};
/// Knows a tally, and says which.
class registrar : public actor<tally_of> {
 public:
  explicit registrar(crew::tally_ref whom) : whom_(whom) {}
  crew::tally_ref on(tally_of) const { return whom_; }

 private:
  crew::tally_ref whom_;
};

task<long> total_of(crew::tally_ref whom) {
  auto asking = whom.ask(crew::total{});
  co_return co_await std::move(asking);
}

int known_before = 0;

}  // namespace

TEST_SUITE_BEGIN("fork" * doctest::skip(!can_fork));

TEST_CASE("fork: a copy is started, talked to and ended like any other process") {
  stage s("fork");
  auto [child, there] = s.hire<crew::tally>({.name = "copy", .method = by_fork}, 5L);
  CHECK(child.name() == "copy");
  CHECK(child.is_alive());
  there.tell(crew::add{7});
  CHECK(there.ask(crew::total{}).get() == 12);
  CHECK(there.ask(crew::whoami{}).get() == child.pid());
  CHECK(child.pid() != getpid());
  CHECK(s.system.children().size() == 1);
  child.stop();
  const exit_reason why = end_of(s.system, child);
  CHECK(why.signal == 0);
  CHECK(why.code == 0);
  CHECK(s.system.children().empty());
}

TEST_CASE("fork: exit codes, exceptions and signals are told") {
  stage s("fork ends");
  CHECK(end_of(s.system, begun<&returning>(s.system, {.method = by_fork}, 3)).code == 3);
  CHECK(code_of(s.system, [](actor_system&) -> task<void> { co_return; }) == 0);
  auto failing = [](actor_system&) -> task<int> {
    throw std::runtime_error("planned");
    co_return 0;
  };
  CHECK(end_of(s.system, forked(s.system, failing, {.err = process_output::discarded()})).code ==
        1);
  auto killed = begun<&for_ever>(s.system, {.method = by_fork});
  killed.kill();
  CHECK(end_of(s.system, killed).signal == SIGKILL);
  auto [crashed, there] = s.hire<crew::tally>({.method = by_fork});
  there.tell(crew::die{crew::die::way::segfault});
  CHECK(end_of(s.system, crashed).signal == SIGSEGV);
}

TEST_CASE(
    "fork: a closure comes along with all that it has captured, and with the memory around it") {
  stage s("fork closure");
  std::vector<long> table(100'000);
  std::iota(table.begin(), table.end(), 0);
  auto only_one = std::make_unique<int>(40);
  known_before = 2;
  CHECK(
      code_of(s.system, [only_one = std::move(only_one), &table](actor_system& there) -> task<int> {
        const bool whole = table.size() == 100'000 && table.back() == 99'999;
        const bool named = there.parent()->method() == by_fork;
        co_return whole&& named ? *only_one + known_before : 1;
      }) == 42);
  known_before = 0;
}

TEST_CASE("fork: what the copy changes is its own") {
  stage s("fork memory");
  known_before = 1;
  CHECK(code_of(s.system, [](actor_system&) -> task<int> { co_return ++known_before; }) == 2);
  CHECK(known_before == 1);
}

TEST_CASE("fork: only fork can make a process of a closure") {
  stage s("fork only");
  auto life = [](actor_system&) -> task<void> { co_return; };
  for (const start_method how : {start_method::spawn, start_method::forkserver}) {
    CHECK_THROWS_AS((void)s.system.run(s.system.start_process({.method = how}, life)),
                    std::invalid_argument);
  }
  CHECK(end_of(s.system, s.system.run(s.system.start_process({}, life))).code == 0);
}

// Refs ---------------------------------------------------------------------------------------------

TEST_CASE(
    "fork: refs that come along lead to where they led, and are equal to those that come later") {
  stage s("fork refs");
  auto here = s.system.spawn<crew::tally>(1L);
  auto desk = s.system.spawn<registrar>(here);
  constexpr long many = 20'000;
  CHECK(code_of(s.system, [here, desk](actor_system&) -> task<int> {
          for (long i = 0; i < many; ++i) here.tell(crew::add{1});
          if (co_await total_of(here) != 1 + many) co_return 1;
          auto asking = desk.ask(tally_of{});
          const crew::tally_ref told = co_await std::move(asking);
          if (!(told == here)) co_return 2;
          for (long i = 0; i < many; ++i) (void)co_await told.send(crew::add{1});
          co_return co_await total_of(here) == 1 + 2 * many ? 0 : 3;
        }) == 0);
  CHECK(here.ask(crew::total{}).get() == 1 + 2 * many);
  here.stop();
  desk.stop();
}

TEST_CASE(
    "fork: an actor that comes along as a ref is watched, and answers as gone once it has ended") {
  stage s("fork watch");
  auto here = s.system.spawn<crew::tally>();
  auto before = s.system.spawn<crew::tally>();
  before.stop();
  CHECK_THROWS_AS(before.ask(crew::total{}).get(), actor_down);
  auto book = s.system.spawn<notebook>();
  auto child = forked(s.system, [=, to = actor_ref<note>(book)](actor_system&) -> task<int> {
    auto question = before.ask(crew::total{}).result();
    const auto gone = co_await question;
    if (gone.has_value() || gone.error().code != errc::actor_down) co_return 1;
    to.tell(note{"watching"});
    const exit_reason why = co_await ended(here);
    co_return why.is_normal() ? 0 : 2;
  });
  (void)book.ask(notes{1}).get();
  here.stop();
  CHECK(end_of(s.system, child).code == 0);
  book.stop();
}

TEST_CASE("fork: a ref into another child comes along, too") {
  stage s("fork siblings");
  for (const start_method how : {start_method::spawn, by_fork}) {
    auto [other, there] = s.hire<crew::tally>({.method = how}, 20L);
    CHECK(code_of(s.system, [there = there](actor_system&) -> task<int> {
            there.tell(crew::add{3});
            co_return static_cast<int>(co_await total_of(there));
          }) == 23);
    other.stop();
    (void)end_of(s.system, other);
  }
}

TEST_CASE("fork: what belongs to the parent alone says so in the copy") {
  stage s("fork forbidden");
  process other = s.start();
  CHECK(code_of(s.system, [&](actor_system&) -> task<int> {
          int refused = 0;
          try {
            (void)s.system.spawn<crew::tally>();
          } catch (const misuse_error&) {
            ++refused;
          }
          try {
            other.kill();
          } catch (const misuse_error&) {
            ++refused;
          }
          co_return refused;
        }) == 2);
  CHECK(other.is_alive());
  other.stop();
  (void)end_of(s.system, other);
}

// What the copy is not given -----------------------------------------------------------------------

TEST_CASE("fork: the copy has the descriptors and dispositions that a program started afresh has") {
  stage s("fork clean");
  static std::atomic<int> handled{0};
  struct sigaction ours{}, before{};
  ours.sa_handler = [](int) { ++handled; };
  sigaction(SIGTERM, &ours, &before);
  const auto count = [](actor_system&) -> task<int> {
    co_return static_cast<int>(census::descriptors());
  };
  std::vector<std::unique_ptr<std::FILE, int (*)(std::FILE*)>> open;
  const int few = code_of(s.system, count);
  for (int i = 0; i < 50; ++i) open.emplace_back(std::tmpfile(), &std::fclose);
  CHECK(code_of(s.system, count) == few);
  auto ended = begun<&for_ever>(s.system, {.method = by_fork});
  ended.terminate();
  CHECK(end_of(s.system, ended).signal == SIGTERM);
  sigaction(SIGTERM, &before, nullptr);
}

TEST_CASE("fork: what lies in buffers is written once") {
  stage s("fork buffers");
  auto book = s.system.spawn<notebook>();
  std::fputs("(in a buffer)", stdout);
  auto child = forked(s.system,
                      [](actor_system&) -> task<void> {
                        std::fputs("from the copy", stdout);
                        co_return;
                      },
                      {.name = "copy", .out = actor_ref<output_line>(book)});
  CHECK(end_of(s.system, child).code == 0);
  CHECK(joined(book.ask(notes{1}).get()) == "out copy: from the copy\n");
  book.stop();
}

TEST_CASE("fork: what main and the statics would do at their end is not done by the copy") {
  static std::atomic<bool> is_copy{false};
  static struct {
    struct loud {
      ~loud() {
        if (is_copy) std::_Exit(77);
      }
    } told;
  } at_exit;
  (void)at_exit;
  stage s("fork statics");
  CHECK(code_of(s.system, [](actor_system&) -> task<int> {
          is_copy = true;
          co_return 5;
        }) == 5);
}

// Refusals -----------------------------------------------------------------------------------------

TEST_CASE("fork: a thread that nobody can stop has it refused, with how many there are") {
  stage s("fork strangers");
  std::atomic<bool> over{false};
  std::vector<std::thread> strangers;
  for (int i = 0; i < 2; ++i) strangers.emplace_back([&] { over.wait(false); });
  const std::string why =
      refusal<misuse_error>(s.system, {.method = by_fork, .start_timeout = 10s});
  CHECK(why.find("cannot be copied: 2 of its threads") != std::string::npos);
  over = true;
  over.notify_all();
  for (auto& each : strangers) each.join();
  CHECK(code_of(s.system, [](actor_system&) -> task<int> { co_return 4; }) == 4);
}

namespace {
struct block_until {
  std::shared_ptr<std::atomic<bool>> over;
  std::shared_ptr<std::atomic<bool>> begun;
  static constexpr bool local_only = true;
};
class blocker : public actor<block_until> {
 public:
  void on(const block_until& m) {
    *m.begun = true;
    while (!*m.over) std::this_thread::yield();
  }
};
}  // namespace

TEST_CASE("fork: a handler that does not return in time has it refused, and is named") {
  stage s("fork stuck");
  auto stuck = s.system.spawn<blocker>();
  const block_until m{std::make_shared<std::atomic<bool>>(false),
                      std::make_shared<std::atomic<bool>>(false)};
  stuck.tell(m);
  while (!*m.begun) std::this_thread::yield();
  const std::string why =
      refusal<timeout_error>(s.system, {.method = by_fork, .start_timeout = 100ms});
  CAPTURE(why);
  CHECK(why.find("blocker " + to_string(stuck)) != std::string::npos);
  *m.over = true;
  CHECK(code_of(s.system, [](actor_system&) -> task<int> { co_return 4; }) == 4);
  stuck.stop();
}

TEST_CASE("fork: a simulation has no processes to copy") {
  simulation pretended{{.seed = 1}};
  actor_system& system = pretended.system();
  CHECK_THROWS_AS((void)system.run(system.start_process({.method = by_fork})), misuse_error);
}

// The parent -----------------------------------------------------------------------------------------

namespace {
struct ball {
  int hops = 0;
};
struct begin_with {
  actor_ref<ball> other;
};
struct hops_so_far {
  using reply = int;
};
class juggler : public actor<ball, begin_with, hops_so_far> {
 public:
  void on(begin_with m) {
    other_ = m.other;
    for (int i = 0; i < 8; ++i) other_.tell(ball{});
  }
  void on(ball b) {
    ++seen_;
    if (other_ != actor_ref<ball>{}) other_.tell(ball{b.hops + 1});
  }
  int on(hops_so_far) const { return seen_; }

 private:
  actor_ref<ball> other_;
  int seen_ = 0;
};

class homebody : public actor<ball, hops_so_far> {
 public:
  static constexpr bool own_thread = true;
  void on(ball) { ++seen_; }
  int on(hops_so_far) const { return seen_; }

 private:
  int seen_ = 0;
};
}  // namespace

TEST_CASE("fork: the parent goes on under load, on all of its threads") {
  stage s("fork load");
  auto left = s.system.spawn<juggler>();
  auto right = s.system.spawn<juggler>();
  auto home = s.system.spawn<homebody>();
  left.tell(begin_with{right});
  right.tell(begin_with{left});
  const auto timer = s.system.tell_every(100us, home, ball{});
  actor_system second({.workers = 1});
  auto elsewhere = second.spawn<juggler>();
  elsewhere.tell(begin_with{elsewhere});
  CHECK(s.system.run([]() -> task<int> { co_return co_await blocking([] { return 3; }); }()) == 3);
  for (int i = 0; i < 40; ++i) {
    CHECK(code_of(s.system, [i](actor_system&) -> task<int> { co_return i; }) == i);
    const int before = left.ask(hops_so_far{}).get();
    eventually([&] { return left.ask(hops_so_far{}).get() > before; });
  }
  const int at_home = home.ask(hops_so_far{}).get();
  CHECK(at_home > 0);
  eventually([&] { return home.ask(hops_so_far{}).get() > at_home; });
  CHECK(elsewhere.ask(hops_so_far{}).get() > 0);
  s.system.cancel(timer);
  for (auto each : {left, right, elsewhere}) each.kill();
  home.stop();
}

namespace {
struct start_one {
  using reply = int;
  int code = 0;
};
class starter : public actor<start_one> {
 public:
  task<int> on(start_one m) {
    auto starting = system().start_process<&returning>({.method = by_fork}, m.code);
    process child = co_await std::move(starting);
    co_return (co_await child.wait()).code;
  }
};
}  // namespace

TEST_CASE("fork: several at once are made one after the other") {
  stage s("fork crowd", 3);
  auto a = s.system.spawn<starter>(), b = s.system.spawn<starter>(), c = s.system.spawn<starter>();
  for (int round = 0; round < 10; ++round) {
    auto all = [&]() -> task<int> {
      const auto codes =
          co_await when_all(a.ask(start_one{1}), b.ask(start_one{2}), c.ask(start_one{3}));
      co_return *std::get<0>(codes) + *std::get<1>(codes) + *std::get<2>(codes);
    };
    CHECK(s.system.run(all()) == 6);
  }
  for (auto each : {a, b, c}) each.stop();
}

TEST_CASE("fork: two hundred starts leave no zombie and no descriptor") {
  stage s("fork soak");
  CHECK(code_of(s.system, [](actor_system&) -> task<int> { co_return 1; }) == 1);
  const std::size_t descriptors = census::descriptors();
  for (int i = 0; i < 200; ++i)
    CHECK(code_of(s.system, [i](actor_system&) -> task<int> { co_return i % 100; }) == i % 100);
  eventually([&] { return census::descriptors() <= descriptors && census::children().empty(); });
}

namespace {
task<int> nested(actor_system& system, int depth) {
  if (depth == 0) co_return 1;
  int sum = 1;
  for (const start_method how : {start_method::spawn, start_method::forkserver, by_fork}) {
    auto starting = system.start_process<&nested>({.method = how}, depth - 1);
    process child = co_await std::move(starting);
    sum += (co_await child.wait()).code;
  }
  co_return sum;
}
}  // namespace

TEST_CASE("fork: a copy starts others by all methods, and so do those") {
  stage s("fork nested");
  CHECK(code_of(s.system, [](actor_system& there) { return nested(there, 2); }) == 13);
}

TEST_SUITE_END();

}  // namespace fork_start_test
