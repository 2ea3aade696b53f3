// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace troupe::detail {

/// What a worker leaves behind: how many tasks it has begun, and the outcomes of those whose news may
/// not have left it yet. It lies in memory that outlives the worker: for a process, in memory shared with
/// the coordinator, which reads when the worker is dead. All zeros is an empty one.
///
/// It has two halves. Outcomes go to the one in use; when it is full, and all of the other has come to
/// the coordinator, they change places. If that has not come, what does not fit is not kept: the pool is
/// then so far behind that it would be lost with the worker.
class pool_log {
 public:
  static constexpr std::size_t half_bytes = std::size_t{64} << 10;

  // The worker --------------------------------------------------------------------------------

  /// Before each task.
  void begin() noexcept { begun_.store(begun() + 1, std::memory_order_release); }
  /// Keeps the outcome of the task that was begun last.
  void keep(std::span<const std::byte> outcome) noexcept;
  /// The outcomes of so many tasks, counted from the first ever, have come.
  void arrived(std::uint64_t tasks) noexcept { arrived_ = tasks; }

  // The coordinator, when the worker has died -----------------------------------------------------

  std::uint64_t begun() const noexcept { return begun_.load(std::memory_order_acquire); }
  /// The outcome of the task that was begun as number `task`, counted from 0; empty: it is not there.
  std::span<const std::byte> outcome_of(std::uint64_t task) const noexcept;

 private:
  struct half {
    /// The task of the first outcome, and how many there are; the worker writes (release) what is whole,
    /// the coordinator reads (acquire).
    std::atomic<std::uint64_t> first;
    std::atomic<std::uint64_t> count;
    std::uint64_t used;  ///< bytes; the worker's own
    std::array<std::byte, half_bytes> bytes;
  };

  bool make_room(std::size_t bytes, std::uint64_t task) noexcept;

  std::atomic<std::uint64_t>
      begun_;              ///< the worker writes (release), the coordinator reads (acquire)
  std::uint64_t arrived_;  ///< the worker's own
  std::uint64_t in_use_;
  std::array<half, 2> halves_;
};

}  // namespace troupe::detail
