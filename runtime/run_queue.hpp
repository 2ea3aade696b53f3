// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace troupe::detail {

struct cell;

/// A worker's ring of ready cells: the owner pushes at the tail, owner and thieves take at the head.
/// (Tokio's `multi_thread/queue.rs`, with one-by-one removal instead of a two-part head.)
class run_queue {
 public:
  static constexpr std::uint32_t capacity = 256;

  /// \return false: full   \thread the owner
  bool push(cell* c) noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= capacity) return false;
    ring_[tail % capacity].store(c, std::memory_order_relaxed);
    // seq_cst: a worker that parks afterwards must see it (store, then look for sleepers).
    tail_.store(tail + 1, std::memory_order_seq_cst);
    return true;
  }

  /// The oldest, or null. \thread any
  cell* take() noexcept {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      if (head == tail_.load(std::memory_order_seq_cst)) return nullptr;
      // May be overwritten by the owner meanwhile; then the exchange fails and we look again.
      cell* c = ring_[head % capacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return c;
      }
    }
  }

  bool is_empty() const noexcept {
    return head_.load(std::memory_order_seq_cst) == tail_.load(std::memory_order_seq_cst);
  }
  std::uint32_t size() const noexcept {
    return tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_relaxed);
  }

 private:
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::array<std::atomic<cell*>, capacity> ring_{};
};

}  // namespace troupe::detail
