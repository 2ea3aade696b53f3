// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <deadline.hpp>
#include <eventually.hpp>
#include <functional>
#include <optional>
#include <string>
#include <troupe/process.hpp>
#include <troupe/snapshot.hpp>
#include <troupe/when.hpp>
#include <vector>

/// Real processes, of which one is ended by SIGKILL at each of a dozen steps, while the others go on.
namespace kill_sweep {

using namespace troupe;

/// A victim has come to this step. It goes on with the answer.
struct at_step {
  using reply = void;
  int number = 0;
  std::int32_t pid = 0;
};
/// Answered once a victim has come so far, whether or not it dies there.
struct seen_step {
  using reply = void;
  int number = 0;
};
/// Answers, or ends that process.
class witness : public actor<at_step, seen_step> {
 public:
  explicit witness(int fatal) : fatal_(fatal) {}
  promise<void> on(at_step m) {
    auto answer = make_promise<void>();
    seen_ = m.number;
    std::erase_if(waiting_, [&](auto& each) {
      return each.first <= seen_ && (each.second.set_value(), true);
    });
    if (m.number == fatal_) {
      ::kill(m.pid, SIGKILL);
      unanswered_ = answer;
    } else {
      answer.set_value();
    }
    return answer;
  }
  promise<void> on(seen_step m) {
    auto answer = make_promise<void>();
    if (m.number <= seen_) {
      answer.set_value();
    } else {
      waiting_.emplace_back(m.number, answer);
    }
    return answer;
  }

 private:
  const int fatal_;
  int seen_ = -1;
  std::vector<std::pair<int, promise<void>>> waiting_;
  promise<void> unanswered_;
};

/// What a victim counts its steps with.
struct steps {
  actor_ref<at_step> at;
  int next = 0;

  auto step() { return at.ask(at_step{next++, getpid()}); }
  /// Two of them: before it asks, and once the question has come, since both go the same way.
  template <class M>
  task<outcome<reply_of<M>>> stride(ask_operation<M> question) {
    co_await step();
    auto both = when_all(std::move(question), step());
    auto got = co_await both;
    co_return std::move(std::get<0>(got));
  }
};

inline constexpr int steps_of_a_victim = 12;

/// One run: survivors here, and a victim in a process of its own. Made after all that survivors refer to.
class scene {
 public:
  scene(actor_system& system, int fatal, bool planted = false)
      : system_(system), planted_(planted), witness_(system.spawn<witness>(fatal)) {}
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;
  ~scene() {
    for (const auto& each : survivors_) end(each);
    if (coordinator_) end(coordinator_);
    end(witness_);
    if (child_) {
      child_->kill();
      system_.run(wait_for_process(*child_));
    }
  }

  actor_system& system() { return system_; }
  /// Its coordinator ends with the scene.
  template <class Handle>
  Handle use(const Handle& made) {
    coordinator_ = made.coordinator();
    return made;
  }
  /// The victim has come to its end.
  bool over() const { return over_; }

  /// An actor that must end, soon after the victim at the latest.
  template <class Body>
  auto survivor(Body body) {
    const auto who = system_.spawn(std::move(body));
    survivors_.push_back(who);
    return who;
  }
  /// The life of the victim is this function, called with its steps and `args`.
  template <auto Function, class... Args>
  auto victim(Args... args) {
    child_ = system_.run(system_.start_process({.method = start_method::forkserver}));
    const auto who = system_.run(child_->spawn<Function>(steps{witness_}, args...));
    victim_ = who;
    return who;
  }
  void wait_for_step(int number) { witness_.ask(seen_step{number}).get(); }
  /// Until the victim has come to its end.
  void wait_for_victim() { system_.run(wait_for(victim_)); }
  /// Until the victim has come to its end, and all survivors to theirs.
  /// \return false: one of them waits for ever; found only where a mistake is planted
  bool settles() {
    wait_for_victim();
    over_ = true;
    for (const auto& each : survivors_) {
      if (!planted_) {
        system_.run(wait_for(each));
        continue;
      }
      while (system_.snapshot(far_too_long).find(each)) {
        if (stands_still()) return false;
      }
    }
    return true;
  }
  /// Until it is so. \return false: it never will be; found only where a mistake is planted
  template <class Condition>
  bool comes_to(Condition so) {
    if (!planted_) {
      eventually(so);
      return true;
    }
    while (!so()) {
      if (stands_still()) return false;
    }
    return true;
  }

 private:
  static task<void> wait_for(actor_ref<> whom) { (void)co_await ended(whom); }
  static task<void> wait_for_process(process child) {
    auto waiting = child.wait();
    (void)co_await std::move(waiting);
  }
  void end(const actor_ref<>& whom) {
    whom.kill();
    system_.run(wait_for(whom));
  }

  /// How many messages have been handled, if nobody does anything or has anything to do.
  std::optional<std::uint64_t> handled_at_rest() {
    std::uint64_t handled = 0;
    for (const actor_snapshot& a : system_.snapshot(far_too_long).actors) {
      if (!a.answered || a.mailbox != 0) return std::nullopt;
      if (a.state != actor_state::ready && a.state != actor_state::waiting) return std::nullopt;
      handled += a.handled;
    }
    return handled;
  }
  /// The victim is gone, so nothing comes from outside, and nobody has set a timer.
  bool stands_still() {
    const auto before = handled_at_rest();
    return before && before == handled_at_rest();
  }

  actor_system& system_;
  const bool planted_;
  actor_ref<at_step, seen_step> witness_;
  actor_ref<> coordinator_;
  actor_ref<> victim_;
  std::vector<actor_ref<>> survivors_;
  std::optional<process> child_;
  std::atomic<bool> over_{false};
};

using play = std::function<bool(actor_system&, int fatal)>;

/// \param run  one run, in which the victim dies at step `fatal`; whether it came out right
inline void survives_each_kill(const char* what, const play& run) {
  const deadline limit(what, std::chrono::seconds{120});
  actor_system system({.workers = 2});
  for (int fatal = 0; fatal <= steps_of_a_victim; ++fatal) {  // the last time it lives
    CAPTURE(fatal);
    CHECK(run(system, fatal));
  }
}
/// The same for a coordinator with a mistake: some kill shows it.
inline void kill_finds(const char* what, const play& run) {
  const deadline limit(what, std::chrono::seconds{120});
  actor_system system({.workers = 2});
  for (int fatal = 0; fatal < steps_of_a_victim; ++fatal) {
    if (run(system, fatal)) continue;
    MESSAGE(std::string(what), ": found by a kill at step ", fatal);
    return;
  }
  FAIL("not found");
}

}  // namespace kill_sweep
