// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <tuple>
#include <vector>

#include "census.hpp"
#include "crew.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace death_test {

using namespace troupe;
using namespace std::chrono_literals;
using crew::add;
using crew::die;
using crew::envoy_ref;
using crew::tally_ref;
using crew::total;

namespace {

// What a child sends home before it dies, and who writes it down.
struct line {
  std::uint64_t number = 0;
  std::vector<std::uint8_t> bytes;
};
struct protocol_of_child {
  using reply = std::vector<std::uint64_t>;  // lines, wrong ones, ends, lines after the end
};
struct follow {
  actor_ref<> whom;
};
/// Answered with the reason, once the end has come.
struct end_seen {
  using reply = exit_reason;
};
using recorder_ref = actor_ref<line, protocol_of_child, follow, end_seen>;

class recorder : public actor<line, protocol_of_child, follow, end_seen> {
 public:
  void on(const line& l) {
    wrong_ += l.number != lines_ || (!l.bytes.empty() && l.bytes.back() != 7);
    ++lines_;
    late_ += ends_ != 0;
  }
  void on(follow m) { monitor(m.whom); }
  void on(down d) {
    ++ends_;
    reason_ = d.reason;
    for (auto& p : waiting_) p.set_value(d.reason);
    waiting_.clear();
  }
  promise<exit_reason> on(end_seen) {
    auto p = make_promise<exit_reason>();
    if (reason_) {
      p.set_value(*reason_);
    } else {
      waiting_.push_back(p);
    }
    return p;
  }
  std::vector<std::uint64_t> on(protocol_of_child) const { return {lines_, wrong_, ends_, late_}; }

 private:
  std::uint64_t lines_ = 0, wrong_ = 0, ends_ = 0, late_ = 0;
  std::optional<exit_reason> reason_;
  std::vector<promise<exit_reason>> waiting_;
};

/// Sends `small` short lines, one of `large_bytes`, short ones again, and dies `after` so many.
struct send_lines {
  actor_ref<line> to;
  std::uint64_t small = 0;
  std::uint64_t large_bytes = 0;
  std::uint64_t die_after = 0;  // 0: it does not
};
struct never_answered {
  using reply = long;
};
struct answer_then_die {
  using reply = long;
};
struct die_unanswered {
  using reply = long;
};
struct wait_for_parent {  // an ask of the parent that the parent does not answer
  actor_ref<never_answered> whom;
};
using victim_ref =
    actor_ref<send_lines, never_answered, answer_then_die, die_unanswered, wait_for_parent, die>;

class victim : public actor<send_lines, never_answered, answer_then_die, die_unanswered,
                            wait_for_parent, die> {
 public:
  void on(const send_lines& m) {
    for (std::uint64_t n = 0; n < 2 * m.small + 1; ++n) {
      if (m.die_after != 0 && n == m.die_after) crew::die_by(die::way::killed);
      m.to.tell(line{n, n == m.small ? std::vector<std::uint8_t>(m.large_bytes, 7)
                                     : std::vector<std::uint8_t>{}});
    }
  }
  promise<long> on(never_answered) {
    kept_.push_back(make_promise<long>());
    return kept_.back();
  }
  promise<long> on(answer_then_die) {
    auto p = make_promise<long>();
    p.set_value(1);
    self().tell(die{die::way::killed});
    return p;
  }
  long on(die_unanswered) {
    crew::die_by(die::way::killed);
    return 1;
  }
  task<void> on(wait_for_parent m) {
    auto question = m.whom.ask(never_answered{});
    auto pending = std::move(question).result();
    (void)co_await pending;
  }
  void on(die m) { crew::die_by(m.how); }

 private:
  std::vector<promise<long>> kept_;
};

/// Keeps questions for ever.
class silent : public actor<never_answered> {
 public:
  promise<long> on(never_answered) {
    kept_.push_back(make_promise<long>());
    return kept_.back();
  }

 private:
  std::vector<promise<long>> kept_;
};

struct stage {
  explicit stage(const char* test) : limit(test) {}
  ~stage() { CHECK(system.shutdown()); }
  deadline limit;
  actor_system system{{.workers = 2, .shutdown_timeout = 20s}};
  recorder_ref record = system.spawn<recorder>();

  std::pair<process, victim_ref> hire() {
    return system.run([](actor_system& system) -> task<std::pair<process, victim_ref>> {
      auto starting = system.start_process({});
      process child = co_await std::move(starting);
      auto spawning = child.spawn<victim>();
      const victim_ref made = co_await std::move(spawning);
      co_return std::pair{child, made};
    }(system));
  }
  exit_reason end_of(process child) {
    return system.run([](process child) -> task<exit_reason> {
      auto waiting = child.wait();
      exit_reason why = co_await std::move(waiting);
      co_return why;
    }(child));
  }
  /// One end was told, for this signal, after all lines, which are a prefix of those sent.
  std::uint64_t check_record(int signal) {
    CHECK(record.ask(end_seen{}).get().signal == signal);
    const auto seen = record.ask(protocol_of_child{}).get();
    CHECK(seen[1] == 0);
    CHECK(seen[2] == 1);
    CHECK(seen[3] == 0);
    return seen[0];
  }
};

template <class Ask>
std::future<exit_reason> failing(Ask ask) {
  return std::async(std::launch::async, [ask = std::move(ask)]() mutable {
    try {
      (void)std::move(ask).get();
    } catch (const actor_down& gone) {
      return gone.reason();
    }
    return exit_reason{};
  });
}

/// Stops a child, and returns when it stands still.
void freeze_child(pid_t pid) {
  ::kill(pid, SIGSTOP);
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED) == 0);
  CHECK(info.si_status == SIGSTOP);
}

int open_pidfd(std::int64_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}
/// \return false: it lives on
bool ends_within(int pidfd, std::chrono::milliseconds limit) {
  pollfd ready{pidfd, POLLIN, 0};
  const bool over = ::poll(&ready, 1, static_cast<int>(limit.count())) == 1;
  if (!over) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  ::close(pidfd);
  return over;
}

}  // namespace

TEST_CASE("death: killed in the constructor that a spawn runs") {
  stage s("killed in the constructor");
  for (int round = 0; round < 5; ++round) {
    const exit_reason why = s.system.run([](actor_system& system) -> task<exit_reason> {
      auto starting = system.start_process({});
      process child = co_await std::move(starting);
      exit_reason reason;
      try {
        auto spawning = child.spawn<crew::tally>(4711L);
        (void)co_await std::move(spawning);
      } catch (const actor_down& gone) {
        reason = gone.reason();
      }
      co_return reason;
    }(s.system));
    CHECK(why.signal == SIGKILL);
  }
}

TEST_CASE("death: killed while spawns are on their way") {
  stage s("killed while spawns are on their way");
  for (int round = 0; round < 20; ++round) {
    auto child = s.system.run(s.system.start_process({}));
    std::vector<std::future<bool>> ends;
    for (int i = 0; i < 4; ++i) {
      ends.push_back(std::async(std::launch::async, [&s, child, i, round]() mutable {
        if (i == round % 4) child.kill();
        try {
          s.system.run([](process child) -> task<void> {
            auto spawning = child.spawn<crew::tally>();
            (void)co_await std::move(spawning);
          }(child));
        } catch (const actor_down& gone) {
          return gone.reason().signal == SIGKILL;
        }
        return true;  // it was faster
      }));
    }
    for (auto& end : ends) CHECK(within(std::move(end)));
    CHECK(s.end_of(child).signal == SIGKILL);
  }
}

TEST_CASE("death: killed before, in and after the handler of an ask") {
  stage s("killed around an ask");
  {
    auto [child, there] = s.hire();
    there.tell(die{die::way::killed});
    CHECK(within(failing(there.ask(never_answered{}))).signal == SIGKILL);
  }
  {
    auto [child, there] = s.hire();
    CHECK(within(failing(there.ask(die_unanswered{}))).signal == SIGKILL);
  }
  {
    auto [child, there] = s.hire();
    const exit_reason why = within(failing(there.ask(answer_then_die{})));
    CHECK((why.is_normal() || why.signal == SIGKILL));  // the answer, or the end: one of them
    CHECK(s.end_of(child).signal == SIGKILL);
  }
}

TEST_CASE("death: many asks that wait all end when the child is killed, once each") {
  stage s("many asks");
  auto [child, there] = s.hire();
  std::vector<std::future<exit_reason>> asks;
  for (int i = 0; i < 50; ++i) asks.push_back(failing(there.ask(never_answered{})));
  auto asked = there;
  for (int i = 0; i < 1000; ++i) asked.tell(send_lines{s.record, 0, 0, 0});
  child.kill();
  for (auto& each : asks) CHECK(within(std::move(each)).signal == SIGKILL);
  CHECK(within(failing(there.ask(never_answered{}))).signal == SIGKILL);
}

namespace {
struct tie {
  using reply = void;
  actor_ref<> whom;
};
struct untie {
  using reply = void;
  actor_ref<> whom;
};
/// Ties its fate to others, also from a child process.
class tied : public actor<tie, untie, crew::add> {
 public:
  void on(tie m) { link(m.whom); }
  void on(untie m) { unlink(m.whom); }
  void on(crew::add) { throw std::runtime_error("tied and broken"); }
};
using tied_ref = actor_ref<tie, untie, crew::add>;

std::pair<process, tied_ref> hire_tied(actor_system& system) {
  return system.run([](actor_system& system) -> task<std::pair<process, tied_ref>> {
    auto starting = system.start_process({});
    process child = co_await std::move(starting);
    auto spawning = child.spawn<tied>();
    const tied_ref made = co_await std::move(spawning);
    co_return std::pair{child, made};
  }(system));
}
task<exit_reason> reason_of(actor_ref<> whom) { co_return co_await ended(whom); }
}  // namespace

TEST_CASE("death: a link between two processes ends both ends, whoever asked and whoever fails") {
  stage s("link between processes");
  for (const bool asked_here : {true, false}) {
    for (const int how : {0, 1, 2}) {
      CAPTURE(asked_here);
      CAPTURE(how);
      auto [child, there] = hire_tied(s.system);
      const tied_ref here = s.system.spawn<tied>();
      auto heard = s.system.spawn<recorder>();
      heard.ask(follow{here}).get();
      if (asked_here) {
        here.ask(tie{there}).get();
        there.ask(untie{}).get();  // by now it knows of it
      } else {
        there.ask(tie{here}).get();
      }
      if (how == 0) {
        there.tell(crew::add{});
        CHECK(heard.ask(end_seen{}).get().text.find("tied and broken") != std::string::npos);
      } else if (how == 1) {
        child.kill();
        CHECK(heard.ask(end_seen{}).get().signal == SIGKILL);
      } else {
        here.tell(crew::add{});
        CHECK_FALSE(s.system.run(reason_of(there)).is_normal());
      }
    }
  }
}

TEST_CASE("death: a link between two processes that has been taken back does no harm") {
  stage s("unlink between processes");
  auto [child, there] = hire_tied(s.system);
  const tied_ref here = s.system.spawn<tied>();
  here.ask(tie{there}).get();
  there.ask(untie{here}).get();
  there.ask(tie{here}).get();
  here.ask(untie{there}).get();
  there.ask(untie{}).get();  // both sides have heard of it
  here.ask(untie{}).get();
  child.kill();
  CHECK(s.end_of(child).signal == SIGKILL);
  here.ask(untie{}).get();  // it lives
}

TEST_CASE("death: exactly one end, after the last message, at each step of a monitor") {
  stage s("exactly one end");
  for (int step = 0; step < 4; ++step) {
    CAPTURE(step);
    auto [child, there] = s.hire();
    const recorder_ref record = s.system.spawn<recorder>();
    if (step == 0) child.kill();  // before, or while, the monitor is on its way
    record.ask(follow{there}).get();
    if (step == 1) child.kill();
    there.tell(send_lines{record, 500, 1000, 0});
    if (step == 2) child.kill();
    there.tell(die{die::way::killed});
    CHECK(record.ask(end_seen{}).get().signal == SIGKILL);
    CHECK(s.end_of(child).signal == SIGKILL);
    record.ask(follow{there}).get();  // a second one of its own, for somebody long dead
    eventually([&] { return record.ask(protocol_of_child{}).get()[2] >= 2; });
    (void)s.hire().first.stop();  // there has been time for more
    const auto seen = record.ask(protocol_of_child{}).get();
    CHECK(seen[1] == 0);
    CHECK(seen[2] == 2);
    CHECK(seen[3] == 0);
    if (step == 3) CHECK(seen[0] <= 1001);
  }
}

TEST_CASE("death: a barrier of processes: the death of a party reaches who waits for it") {
  stage s("a barrier of processes");
  // Three parties ask a coordinator that watches whoever asks; one of them is killed as it waits.
  auto [first, one] = s.hire();
  auto [second, two] = s.hire();
  auto coordinator = s.system.spawn<silent>();
  one.tell(wait_for_parent{coordinator});
  two.tell(wait_for_parent{coordinator});
  s.record.ask(follow{one}).get();
  first.kill();
  s.check_record(SIGKILL);
  CHECK(second.is_alive());
  second.stop();
  CHECK(s.end_of(second).code == 0);
}

TEST_CASE("death: killed in the middle of a large message: what is complete comes, then the end") {
  stage s("killed in the middle of a large message");
  std::uint64_t most = 0;
  for (std::uint64_t after : {0u, 1u, 50u, 100u, 101u, 102u, 150u}) {
    auto [child, there] = s.hire();
    const recorder_ref record = s.system.spawn<recorder>();
    record.ask(follow{there}).get();
    there.tell(send_lines{record, 100, std::uint64_t{8} << 20, after});
    if (after == 0) {
      // The parent kills it when the first lines are there: the large one is on its way.
      while (record.ask(protocol_of_child{}).get()[0] < 100) {
      }
      child.kill();
    }
    CHECK(record.ask(end_seen{}).get().signal == SIGKILL);
    const auto seen = record.ask(protocol_of_child{}).get();
    CHECK(seen[1] == 0);
    CHECK(seen[2] == 1);
    CHECK(seen[3] == 0);
    most = std::max(most, seen[0]);
  }
  CHECK(most >= 100);
}

TEST_CASE("death: stopped, written to beyond its pipe, then killed") {
  stage s("stopped, then killed");
  auto [child, there] = s.hire();
  s.record.ask(follow{there}).get();
  freeze_child(child.pid());
  auto answer = failing(there.ask(never_answered{}));
  for (int i = 0; i < 20000; ++i) there.tell(send_lines{s.record, 0, 0, 0});
  std::vector<std::future<exit_reason>> more;
  for (int i = 0; i < 10; ++i) more.push_back(failing(there.ask(never_answered{})));
  // Others are served meanwhile.
  auto [other, busy] = s.hire();
  busy.tell(die{die::way::exit_3});
  CHECK(s.end_of(other).code == 3);
  child.kill();
  CHECK(within(std::move(answer)).signal == SIGKILL);
  for (auto& each : more) CHECK(within(std::move(each)).signal == SIGKILL);
  CHECK(s.check_record(SIGKILL) == 0);
}

TEST_CASE("death: stopped and continued loses nothing") {
  stage s("stopped and continued");
  auto [child, there] = s.hire();
  freeze_child(child.pid());
  for (int i = 0; i < 100; ++i) there.tell(send_lines{s.system.spawn<recorder>(), 1, 1000, 0});
  there.tell(send_lines{s.record, 50, 100'000, 0});
  ::kill(child.pid(), SIGCONT);
  s.record.ask(follow{there}).get();
  there.stop();
  CHECK(s.record.ask(end_seen{}).get().is_normal());
  CHECK(s.record.ask(protocol_of_child{}).get() == std::vector<std::uint64_t>{101, 0, 1, 0});
}

TEST_CASE("death: stop() of a child whose actor waits for an answer that never comes") {
  stage s("waits for an answer");
  const auto start = std::chrono::steady_clock::now();
  auto [child, there] = s.hire();
  there.tell(wait_for_parent{s.system.spawn<silent>()});
  there.tell(send_lines{s.record, 1, 0, 0});  // behind the wait
  child.stop();
  CHECK(s.end_of(child).code == 0);
  // Not by the force that comes after the shutdown time of 20 s.
  CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("death: a parent that is killed takes its child along") {
  stage s("a parent that is killed");
  for (const bool without_signal : {false, true}) {
    CAPTURE(without_signal);
    const auto [middle, inner, pid] = s.system.run(
        [](actor_system& system) -> task<std::tuple<process, tally_ref, std::int64_t>> {
          auto starting = system.start_process({.name = "middle"});
          process middle = co_await std::move(starting);
          auto spawning = middle.spawn<crew::envoy>();
          const envoy_ref envoy = co_await std::move(spawning);
          auto nesting = envoy.ask(crew::nest{"inner"});
          const tally_ref inner = co_await std::move(nesting);
          auto asking = inner.ask(crew::whoami{});
          const std::int64_t pid = co_await std::move(asking);
          co_return std::tuple{middle, inner, pid};
        }(s.system));
    const int pidfd = open_pidfd(pid);
    REQUIRE(pidfd >= 0);
    // The end of its link alone must be enough: the signal is the second line.
    if (without_signal) CHECK(inner.ask(crew::forget_parent{}).get() == pid);
    process killed = middle;
    killed.kill();
    CHECK(ends_within(pidfd, 10s));
    CHECK(s.end_of(middle).signal == SIGKILL);
    CHECK(within(failing(inner.ask(total{}))).signal == SIGKILL);
  }
}

TEST_CASE("death: a parent that is killed takes along a child whose worker is stuck") {
  stage s("a child whose worker is stuck");
  const auto [middle, pid] =
      s.system.run([](actor_system& system) -> task<std::pair<process, std::int64_t>> {
        auto starting = system.start_process({.name = "middle"});
        process middle = co_await std::move(starting);
        auto spawning = middle.spawn<crew::envoy>();
        const envoy_ref envoy = co_await std::move(spawning);
        auto nesting = envoy.ask(crew::nest{"inner"});
        const tally_ref inner = co_await std::move(nesting);
        auto asking = inner.ask(crew::whoami{});
        const std::int64_t pid = co_await std::move(asking);
        inner.tell(die{die::way::stopped});
        co_return std::pair{middle, pid};
      }(s.system));
  const int pidfd = open_pidfd(pid);
  REQUIRE(pidfd >= 0);
  while (census::state_of(pid) != 'T') std::this_thread::yield();  // nobody tells of a grandchild
  process killed = middle;
  killed.kill();
  CHECK(ends_within(pidfd, 10s));
}

TEST_CASE("death: killed in the middle of a storm from both sides, again and again") {
  stage s("a storm");
  for (int round = 0; round < 20; ++round) {
    auto [child, there] = s.hire();
    const recorder_ref record = s.system.spawn<recorder>();
    record.ask(follow{there}).get();
    for (int i = 0; i < 200; ++i) there.tell(send_lines{s.system.spawn<recorder>(), 1, 100, 0});
    there.tell(send_lines{record, 1000, 100'000, 0});
    std::vector<std::future<exit_reason>> asks;
    for (int i = 0; i < 3; ++i) asks.push_back(failing(there.ask(never_answered{})));
    while (record.ask(protocol_of_child{}).get()[0] < static_cast<std::uint64_t>(round * 50)) {
    }
    child.kill();
    for (auto& each : asks) CHECK(within(std::move(each)).signal == SIGKILL);
    CHECK(record.ask(end_seen{}).get().signal == SIGKILL);
    const auto seen = record.ask(protocol_of_child{}).get();
    CHECK(seen[1] == 0);
    CHECK(seen[2] == 1);
    CHECK(seen[3] == 0);
  }
}

}  // namespace death_test
