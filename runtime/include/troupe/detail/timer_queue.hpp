// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <troupe/detail/envelope.hpp>
#include <troupe/detail/pool_allocator.hpp>
#include <unordered_map>

namespace troupe::detail {

/// A timer that rings again and again sends a copy each time.
struct repetition {
  std::int64_t period = 0;                          ///< nanoseconds; 0: once
  envelope* (*copy)(envelope&) noexcept = nullptr;  ///< null: there is no copy to be had now
};

/// Envelopes that wait for their moment. Each actor keeps at most one wake-up here at a time and
/// re-arms it lazily, so a receive with a timeout in a loop costs no timer operation.
/// \thread any
class timer_queue {
 public:
  /// \return the timer's id; `earliest` tells whether it is now the first of all
  std::uint64_t add(std::int64_t when, const address& to, envelope_ptr e, bool& earliest,
                    repetition again = {});
  bool cancel(std::uint64_t id) noexcept;
  /// Sends what is due at `now`. \return how many
  unsigned fire(std::int64_t now) noexcept;
  /// When the first timer is due; INT64_MAX: there is none. \cost one load
  std::int64_t next() const noexcept { return next_.load(std::memory_order_seq_cst); }
  void clear() noexcept;
  std::size_t size() const;  ///< timers under way

 private:
  struct entry {
    address to;
    envelope_ptr e;
    repetition again;
  };
  using key = std::pair<std::int64_t, std::uint64_t>;
  using due_map = std::map<key, entry, std::less<>, pool_allocator<std::pair<const key, entry>>>;
  using when_map =
      std::unordered_map<std::uint64_t, std::int64_t, std::hash<std::uint64_t>, std::equal_to<>,
                         pool_allocator<std::pair<const std::uint64_t, std::int64_t>>>;
  void note_next() noexcept;
  due_map::node_type take_due(std::int64_t now) noexcept;
  bool repeat(due_map::node_type& timer, std::int64_t now) noexcept;

  std::mutex firing_;
  mutable std::mutex mutex_;
  due_map due_;
  when_map when_;  ///< of each timer that is under way or, if it repeats, ringing
  std::uint64_t last_id_ = 0;
  std::atomic<std::int64_t> next_{INT64_MAX};
};

}  // namespace troupe::detail
