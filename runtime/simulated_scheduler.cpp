// SPDX-License-Identifier: BSD-3-Clause
#include "simulated_scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "cell_bank.hpp"
#include "turn.hpp"
#include "turn_limits.hpp"

namespace troupe::detail {
namespace {

/// Lets go of a lock for a while, also if that while ends with an exception.
class unlocked {
 public:
  explicit unlocked(std::unique_lock<std::mutex>& hold) : hold_(hold) { hold_.unlock(); }
  ~unlocked() { hold_.lock(); }
  unlocked(const unlocked&) = delete;
  unlocked& operator=(const unlocked&) = delete;

 private:
  std::unique_lock<std::mutex>& hold_;
};

/// What keeps this actor from its end; empty: it waits for its next message only.
std::string wait_of(const cell& c) {
  if (c.state == cell_state::stopping) return "its children to end";
  if (c.state == cell_state::resting) return "its supervisor to begin it again";
  const extras* x = c.extra;
  if (!x) return {};
  const std::size_t waits = x->waits.count();
  if (waits != 0) return std::to_string(waits) + (waits == 1 ? " answer" : " answers");
  if (x->receiver) return "a message";
  if (c.busy) return "something outside of the runtime";
  return {};
}

}  // namespace

simulated_scheduler::simulated_scheduler(system_core& system, simulation_options options,
                                         virtual_clock& clock, std::unique_ptr<turn_order> order)
    : system_(system),
      options_(std::move(options)),
      clock_(clock),
      order_(std::move(order)),
      kills_(options_),
      stalls_(options_.seed, seeded_source::stream::stalls),
      trace_(options_.keep_trace) {}

void simulated_scheduler::schedule(cell& c) noexcept {
  if (!is_home()) {
    std::fprintf(stderr,
                 "troupe: a thread has sent to a simulated actor; only the thread that made the "
                 "simulation may: abort\n");
    std::abort();
  }
  ready_.push_back(&c);
}

cell* simulated_scheduler::leftover() noexcept {
  if (ready_.empty()) return nullptr;
  cell* c = ready_.back();
  ready_.pop_back();
  return c;
}

void simulated_scheduler::take_turn(cell& c) {
  if (failure_) {  // the run was over before this
    run_turn(c);
    return;
  }
  const bool keeps_lines = trace_.keeps_lines();
  if (keeps_lines) trace_.note_senders(*system_.cells, "outside");
  trace_.before_turn(c, steps_, present());
  const std::string name = keeps_lines ? actor_name(c) : std::string{};
  run_turn(c);
  trace_.after_turn(c);
  if (keeps_lines) trace_.note_senders(*system_.cells, name);
}

void simulated_scheduler::run_turn(cell& c) {
  turn result = run_cell(c, options_.turn_messages_max);
  // A cell that waits although it has mail needs another turn to say so; that is no step.
  while (result == turn::again && c.busy && !c.has_system()) result = run_cell(c, 1);
  if (result == turn::again) ready_.push_back(&c);
}

bool simulated_scheduler::may_stall() {
  if (options_.stall_every == 0 || winding_down_ || system_.timers.next() == INT64_MAX)
    return false;
  return stalls_.below(options_.stall_every) == 0;
}

/// Urgent actors first, as with threads; and as there, one of all after a few of these.
std::size_t simulated_scheduler::choose() {
  urgent_.clear();
  std::copy_if(ready_.begin(), ready_.end(), std::back_inserter(urgent_),
               [](const cell* c) { return (c->runner & cell::urgent_bit) != 0; });
  if (urgent_.empty() || urgent_streak_++ == urgent_streak_max) {
    urgent_streak_ = 0;
    return order_->choose(ready_, steps_);
  }
  const cell* chosen = urgent_[order_->choose(urgent_, steps_)];
  return static_cast<std::size_t>(std::find(ready_.begin(), ready_.end(), chosen) - ready_.begin());
}

bool simulated_scheduler::step() {
  if (may_stall()) advance(INT64_MAX);
  const bool ending = winding_down_ || failure_;
  if (!ending) kills_.carry_out(steps_ + 1);
  if (ready_.empty()) return false;
  ++steps_;
  const std::size_t next = ending ? 0 : choose();
  cell& c = *ready_[next];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(next));
  take_turn(c);
  return true;
}

bool simulated_scheduler::advance(std::int64_t limit) {
  const std::int64_t next = system_.timers.next();
  if (next == INT64_MAX || next > limit) return false;
  clock_.move_to(next);
  system_.timers.fire(present());
  if (trace_.keeps_lines()) trace_.note_senders(*system_.cells, "a timer");
  return true;
}

bool simulated_scheduler::go_on(std::int64_t limit) {
  if (!winding_down_) {
    if (!failure_ && steps_ >= options_.steps_max) {
      fail("it has not ended after " + std::to_string(steps_) + " steps");
    }
    if (failure_) throw simulation_error(*failure_);
  }
  const bool more = step() || advance(limit);
  if (failure_ && !winding_down_) throw simulation_error(*failure_);
  return more;
}

void simulated_scheduler::run_until(std::int64_t limit) {
  while (go_on(limit)) {
  }
  if (limit != INT64_MAX) clock_.move_to(limit);
}

void simulated_scheduler::fail(const std::string& why) {
  if (!failure_) failure_ = why;
}

bool simulated_scheduler::wait(std::unique_lock<std::mutex>& hold, std::condition_variable&,
                               const std::function<bool()>& over, std::int64_t deadline) {
  if (!is_home()) {
    throw_failure({errc::misuse, "a simulation is driven by the thread that made it alone", {}});
  }
  if (deadline != INT64_MAX || system_.closing.load(std::memory_order_relaxed)) {
    return wait_for_end(hold, over, deadline);
  }
  while (!over()) {
    const unlocked meanwhile(hold);
    if (!go_on(INT64_MAX))
      throw simulation_error("deadlock: nobody is ready, no timer is set" + name_waiting());
  }
  return true;
}

/// Part of shutdown(), or of giving up: comes to its end in any case.
bool simulated_scheduler::wait_for_end(std::unique_lock<std::mutex>& hold,
                                       const std::function<bool()>& over, std::int64_t deadline) {
  const std::uint64_t limit = steps_ + std::max<std::uint64_t>(options_.steps_max, 100'000);
  while (!over()) {
    const unlocked meanwhile(hold);
    if (steps_ < limit && (step() || advance(deadline))) continue;
    if (deadline != INT64_MAX) clock_.move_to(deadline);
    break;
  }
  return over();
}

std::string simulated_scheduler::name_waiting() const {
  constexpr unsigned names_max = 20;
  std::string text;
  unsigned named = 0;
  unsigned idle = 0;
  for (std::size_t i = 0; i < system_.cells->count(); ++i) {
    cell& c = system_.cells->at(i);
    if (!has_tenant(c) || c.kind->raw) continue;
    const std::string wait = wait_of(c);
    if (wait.empty() || named == names_max) {
      ++idle;
      continue;
    }
    ++named;
    text += (named == 1 ? "; " : ", ") + actor_name(c) + " waits for " + wait;
  }
  return text + (idle ? "; " + std::to_string(idle) + " more for mail" : "");
}

}  // namespace troupe::detail
