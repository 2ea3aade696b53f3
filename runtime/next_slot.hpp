// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>
#include <mutex>

namespace troupe::detail {

struct cell;

/// The cell that a worker runs next. The owner puts and takes with plain loads and stores, once or
/// twice in every message; a thief, who comes when the owner is stuck in a handler, about once in a
/// millisecond at most, pays for both with a memory barrier on all threads of the process.
///
/// A theft makes `thefts_` odd, issues the barrier, and then reads the slot. An owner that took at the
/// same time either has emptied the slot before the barrier, then the thief finds nothing; or reads
/// `thefts_` after it, then it sees that it has changed and asks, under the lock, who got the cell.
/// (The asymmetric form of Dekker's algorithm, as in userspace RCU and folly's hazard pointers.)
/// Where the kernel has no such barrier, both sides exchange instead.
class next_slot {
 public:
  /// True if the kernel lets us use the barrier; asked once.
  static bool has_barrier() noexcept;

  explicit next_slot(bool use_barrier = has_barrier()) noexcept : use_barrier_(use_barrier) {}

  bool is_empty() const noexcept { return cell_.load(std::memory_order_relaxed) == nullptr; }

  /// What is there unless it is being stolen; null: nothing. \thread the owner
  cell* look() const noexcept { return cell_.load(std::memory_order_relaxed); }

  /// \return the cell that was there before   \thread the owner
  cell* put(cell& c) noexcept {
    cell* before = take();
    cell_.store(&c, std::memory_order_release);
    return before;
  }

  /// \thread the owner
  cell* take() noexcept {
    const std::uint64_t thefts = thefts_.load(std::memory_order_relaxed);
    cell* c = cell_.load(std::memory_order_relaxed);
    if (!c) return nullptr;
    if (!use_barrier_) return cell_.exchange(nullptr, std::memory_order_acquire);
    cell_.store(nullptr, std::memory_order_relaxed);
    // The compiler may not move the load up; that the processor does not is the thief's barrier's work.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if ((thefts & 1) == 0 && thefts_.load(std::memory_order_relaxed) == thefts) [[likely]]
      return c;
    return settle(c, thefts);
  }

  /// \thread any but the owner   \cost microseconds
  cell* steal() noexcept;

 private:
  cell* settle(cell* c, std::uint64_t thefts) noexcept;

  std::atomic<cell*> cell_{nullptr};
  std::atomic<std::uint64_t> thefts_{0};  ///< odd: one is under way
  const bool use_barrier_;
  std::mutex theft_;
  cell* stolen_ = nullptr;       ///< by the last theft that found something
  std::uint64_t stolen_at_ = 0;  ///< what thefts_ was then; odd
};

}  // namespace troupe::detail
