// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

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

  /// The oldest, or null.
  cell* take() noexcept {
    if (is_empty()) return nullptr;
    std::scoped_lock hold{mutex_};
    if (cells_.empty()) return nullptr;
    cell* c = cells_.front();
    cells_.pop_front();
    count_.store(cells_.size(), std::memory_order_seq_cst);
    return c;
  }

  bool is_empty() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

 private:
  alignas(64) std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::deque<cell*> cells_;
};

}  // namespace troupe::detail
