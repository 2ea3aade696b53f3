// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <troupe/detail/hosted_scheduler.hpp>

#include "next_slot.hpp"
#include "run_queue.hpp"

namespace troupe::detail {

class hosted_scheduler;

/// What the scheduler knows of a lane. The host may keep it for longer than the system lives, and call it
/// then: so it touches the scheduler only while it is `running` or `inside`, for which stop() waits.
class hosted_lane final : public lane {
 public:
  enum class state : std::uint32_t { resting, called, running, closed };

  hosted_lane(hosted_scheduler& pool, unsigned index) noexcept : pool_(pool), index_(index) {}
  bool run() noexcept override;

  /// resting -> called. \return true: the caller must have the host run it   \thread any
  bool call() noexcept {
    state expected = state::resting;
    return where_.load(std::memory_order_relaxed) == expected &&
           where_.compare_exchange_strong(expected, state::called, std::memory_order_seq_cst);
  }
  /// running -> `next`, which is resting or called: it may run elsewhere from then on.
  void leave(state next) noexcept {
    where_.store(next, std::memory_order_seq_cst);
    where_.notify_all();
  }
  /// resting -> running. \return false: somebody has called it
  bool resume() noexcept {
    state expected = state::resting;
    return where_.compare_exchange_strong(expected, state::running, std::memory_order_seq_cst);
  }
  bool is_resting() const noexcept {
    return where_.load(std::memory_order_seq_cst) == state::resting;
  }
  /// Waits for the end of its run; afterwards it runs no more.
  void close() noexcept;

  unsigned index() const noexcept { return index_; }

  // For the thread that runs it; the atomic ones and the queues for thieves, too.
  run_queue ring;
  next_slot slot;                       ///< the cell made ready last
  std::atomic<std::uint64_t> turns{0};  ///< a thief takes the slot only if this stands still
  std::uint64_t turns_seen = 0;         ///< by the thief: the clock's thread
  std::atomic<bool> robbed{false};      ///< by the thief, of what waited for the end of a long turn
  bool in_slow_turn = false;            ///< of a class whose last turn was long
  std::atomic<bool> fresh{false};       ///< called, and not run since

 private:
  hosted_scheduler& pool_;
  const unsigned index_;
  /// Values and transitions above. seq_cst against the count of what is ready.
  std::atomic<state> where_{state::resting};
  /// Threads between the beginning and the end of run(): two for a moment, when it has been called again
  /// before the first has left. Written by those (release), read by close() (acquire).
  std::atomic<std::uint32_t> inside_{0};
};

}  // namespace troupe::detail
