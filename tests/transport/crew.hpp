// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <sys/prctl.h>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/meeting.hpp>
#include <troupe/process.hpp>
#include <utility>
#include <vector>

#include "census.hpp"

/// The actors that the tests of processes spawn in children.
namespace crew {

using namespace troupe;

struct add {
  long n = 0;
};
struct total {
  using reply = long;
};
struct whoami {
  using reply = std::int64_t;
};
struct die {
  enum class way : std::uint8_t { exit_3, abort, segfault, killed, stopped } how{};
};
/// From now on only the end of its link tells this process that its parent is gone.
struct forget_parent {
  using reply = std::int64_t;
};
struct throw_up {
  using reply = long;
};
using tally_ref = actor_ref<add, total, whoami, die, forget_parent, throw_up>;

inline void die_by(die::way how) {
  switch (how) {
    case die::way::exit_3: std::_Exit(3);
    case die::way::abort: std::signal(SIGABRT, SIG_DFL), std::abort();
    case die::way::segfault:
      std::signal(SIGSEGV, SIG_DFL), ::kill(getpid(), SIGSEGV), ::pause();
      break;
    case die::way::killed: ::kill(getpid(), SIGKILL), ::pause(); break;
    case die::way::stopped: ::kill(getpid(), SIGSTOP); break;
  }
}

class tally : public actor<add, total, whoami, die, forget_parent, throw_up> {
 public:
  explicit tally(long start = 0) : sum_(start) {
    if (start < 0) throw std::invalid_argument("a tally does not start below zero");
    if (start == 4711) die_by(die::way::killed);
  }
  void on(add m) { sum_ += m.n; }
  long on(total) const { return sum_; }
  std::int64_t on(whoami) const { return getpid(); }
  void on(die m) {
    // The signals of the program are blocked in the workers.
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    die_by(m.how);
  }
  std::int64_t on(forget_parent) {
    // The signal belongs to the main thread, the only one that takes signals.
    static std::atomic<bool> done{false};
    std::signal(SIGUSR1, [](int) {
      prctl(PR_SET_PDEATHSIG, 0);
      done = true;
    });
    ::kill(getpid(), SIGUSR1);
    while (!done) std::this_thread::yield();
    return getpid();
  }
  long on(throw_up) { throw std::out_of_range("told to"); }

 private:
  long sum_;
};

/// An argument of each kind.
struct describe {
  using reply = std::string;
};
class describer : public actor<describe> {
 public:
  describer(std::string text, std::vector<std::string> list, std::map<std::string, int> map,
            std::optional<double> real, actor_ref<add> ref)
      : ref_(ref) {
    text_ = text + "/";
    for (const auto& each : list) text_ += each + ",";
    for (const auto& [key, value] : map) text_ += key + "=" + std::to_string(value) + ",";
    text_ += real ? "real" : "none";
  }
  std::string on(describe) {
    ref_.tell(add{1});
    return text_;
  }

 private:
  std::string text_;
  actor_ref<add> ref_;
};

/// A function actor: adds what it is told to a tally elsewhere, `factor` times as much.
inline behavior multiplier(mailbox<add> mail, long factor, actor_ref<add> to) {
  for (;;) {
    const add m = co_await mail.receive<add>();
    to.tell(add{m.n * factor});
  }
}

/// Talks to others on behalf of the test.
struct ask_total {
  using reply = long;
  actor_ref<total> whom;
};
struct watch_end {
  using reply = exit_reason;
  actor_ref<> whom;
};
struct pass {
  actor_ref<add> whom;
  long n = 0;
};
struct nest {
  using reply = tally_ref;
  std::string name;
};
struct begin_watch {
  actor_ref<> whom;
};
struct watched_end {  ///< answered with the end of what was watched last, once it is known
  using reply = exit_reason;
};
struct count_ends {
  using reply = std::uint64_t;
};
struct list_descriptors {
  using reply = std::uint64_t;
};
using envoy_ref = actor_ref<ask_total, watch_end, begin_watch, watched_end, count_ends, pass, nest,
                            list_descriptors, whoami>;

class envoy : public actor<ask_total, watch_end, begin_watch, watched_end, count_ends, pass, nest,
                           list_descriptors, whoami> {
 public:
  static constexpr bool reentrant = true;
  task<long> on(ask_total m) {
    auto question = m.whom.ask(total{});
    const long sum = co_await std::move(question);
    co_return sum;
  }
  task<exit_reason> on(watch_end m) {
    exit_reason why = co_await ended(m.whom);
    co_return why;
  }
  void on(begin_watch m) { monitor(m.whom); }
  void on(down d) {
    ++ends_;
    last_end_ = std::move(d.reason);
    if (waiting_) waiting_->set_value(*last_end_);
    waiting_.reset();
  }
  promise<exit_reason> on(watched_end) {
    auto p = make_promise<exit_reason>();
    if (last_end_) {
      p.set_value(*last_end_);
    } else {
      waiting_ = p;
    }
    return p;
  }
  std::uint64_t on(count_ends) const { return ends_; }
  void on(pass m) { m.whom.tell(add{m.n}); }
  task<tally_ref> on(nest m) {
    auto starting = system().start_process({.name = m.name});
    process child = co_await std::move(starting);
    auto spawning = child.spawn<tally>();
    const tally_ref made = co_await std::move(spawning);
    children_.push_back(child);
    co_return made;
  }
  std::uint64_t on(list_descriptors) const { return census::descriptors(); }
  std::int64_t on(whoami) const { return getpid(); }

 private:
  std::vector<process> children_;
  std::uint64_t ends_ = 0;
  std::optional<exit_reason> last_end_;
  std::optional<promise<exit_reason>> waiting_;
};

/// Meets another program by a path, from within its process.
struct open_door {
  using reply = bool;
  std::string path;
};
struct call_on {  ///< answered with the name of the other program and the total of its teller
  using reply = std::string;
  std::string path;
};
class visitor : public actor<open_door, call_on> {
 public:
  bool on(const open_door& m) {
    teller_ = spawn<tally>(42L);
    const bool named = system().register_name("teller", teller_).has_value();
    door_.emplace(listen(system(), m.path));
    return named;
  }
  task<std::string> on(call_on m) {
    auto calling = connect(system(), m.path);
    const neighbour other = co_await std::move(calling);
    auto finding = other.find<total>("teller");
    const actor_ref<total> teller = co_await std::move(finding);
    auto asking = teller.ask(total{});
    const long sum = co_await std::move(asking);
    co_return other.name() + ": " + std::to_string(sum);
  }

 private:
  tally_ref teller_;
  std::optional<listener> door_;
};

}  // namespace crew
