// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>

namespace troupe::detail {

struct cell;

/// Ready cells from threads that are not workers, and what does not fit a worker's ring. Looking
/// whether there are any costs one load. \thread any
class injection_queue {
 public:
  void push(cell& c) {
    std::scoped_lock hold{mutex_};
    cells_.push_back(&c);
    // seq_cst: a worker that parks afterwards must see it.
    count_.store(cells_.size(), std::memory_order_seq_cst);
  }

  /// Several at once: a fan-out that does not fit a ring costs few locks.
  void push(std::span<cell* const> cells) {
    std::scoped_lock hold{mutex_};
    cells_.insert(cells_.end(), cells.begin(), cells.end());
    count_.store(cells_.size(), std::memory_order_seq_cst);
  }

  /// The oldest ones, at most as many as there is room. \return how many
  std::size_t take(std::span<cell*> room) noexcept {
    if (is_empty()) return 0;
    std::scoped_lock hold{mutex_};
    const std::size_t n = std::min(room.size(), cells_.size());
    std::copy_n(cells_.begin(), n, room.begin());
    cells_.erase(cells_.begin(), cells_.begin() + static_cast<std::ptrdiff_t>(n));
    count_.store(cells_.size(), std::memory_order_seq_cst);
    return n;
  }
  /// The oldest, or null.
  cell* take() noexcept {
    cell* c = nullptr;
    take(std::span(&c, 1));
    return c;
  }
  std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

  bool is_empty() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

 private:
  alignas(64) std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::deque<cell*> cells_;
};

}  // namespace troupe::detail
