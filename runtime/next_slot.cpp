// SPDX-License-Identifier: BSD-3-Clause
#include "next_slot.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace troupe::detail {
namespace {

bool membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0) == 0; }

}  // namespace

bool next_slot::has_barrier() noexcept {
  static const bool has = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  return has;
}

cell* next_slot::steal() noexcept {
  if (is_empty()) return nullptr;
  if (!use_barrier_) return cell_.exchange(nullptr, std::memory_order_acquire);
  std::scoped_lock hold{theft_};
  const std::uint64_t now = thefts_.fetch_add(1, std::memory_order_seq_cst) + 1;
  cell* c = nullptr;
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
    c = cell_.load(std::memory_order_acquire);
    if (c) {
      // The owner may store null at the same time, having lost: it cannot put before it has asked us.
      cell_.store(nullptr, std::memory_order_relaxed);
      stolen_ = c;
      stolen_at_ = now;
    }
  }
  thefts_.fetch_add(1, std::memory_order_seq_cst);
  return c;
}

/// A theft began or ended while the owner took `c`; `thefts` is what it had read before.
cell* next_slot::settle(cell* c, std::uint64_t thefts) noexcept {
  std::scoped_lock hold{theft_};
  return stolen_ == c && stolen_at_ >= thefts ? nullptr : c;
}

}  // namespace troupe::detail
