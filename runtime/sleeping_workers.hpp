// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <climits>
#include <cstdint>
#include <troupe/detail/system_core.hpp>
#include <vector>

#include "worker.hpp"

namespace troupe::detail {

/// Where the workers of one scheduler sleep, and how they are woken: one of them in the reactor if that
/// is used, the others on a futex each. A worker is woken only if none is looking for work already; who
/// looks and finds passes the call on.
///
/// No wake-up is lost: who has put work where all look asks afterwards whether somebody sleeps, and a
/// worker looks for work after it has announced its sleep; all of that is seq_cst.
class sleeping_workers {
 public:
  sleeping_workers(system_core& system, std::vector<worker>& workers)
      : system_(system), workers_(workers) {}

  /// Work has been put where everybody may take it. \thread any
  void wake_one_if_needed() noexcept {
    if (asleep_count_.load(std::memory_order_seq_cst) != 0) wake_one();
  }
  /// The turn of the caller may be long. If those asleep have lain down while nobody worked, one of them turns over,
  /// to look soon for what gets stuck. It is not called to work: it would take what is not. \thread a worker
  void have_us_watched() noexcept {
    if (watching_.load(std::memory_order_relaxed) == 0) turn_one_over();
  }
  void wake(worker& w) noexcept;
  /// A timer earlier than all others has been set, or the reactor has new work. \thread any
  void interrupt() noexcept;

  void start_searching() noexcept { searching_.fetch_add(1, std::memory_order_seq_cst); }
  /// \return the caller was the last who searched: if it has found something, it calls the next
  bool stop_searching() noexcept { return searching_.fetch_sub(1, std::memory_order_seq_cst) == 1; }

  /// Sleeps unless `has_work()`, which is asked after the announcement, until woken or it is time to look at
  /// something. If `is_quiet()` then, it goes on sleeping without getting up. Then fires the timers that are due.
  /// \return true: woken, and counted as searching
  template <class HasWork, class IsQuiet>
  bool sleep(worker& w, HasWork has_work, IsQuiet is_quiet) noexcept {
    const bedroom where = announce(w);
    const std::int64_t begin = now(system_);
    if (!has_work()) {
      do {
        sleep_in(w, where);
      } while (may_sleep_on(w, where) && is_quiet());
    }
    return get_up(w, where, begin);
  }

 private:
  struct bedroom {
    std::uint32_t word;    ///< what `where` of the worker is meanwhile
    bool inside;           ///< the reactor
    bool reactor_is_used;  ///< by us or by another worker
  };

  bedroom announce(worker& w) noexcept;
  void sleep_in(worker& w, const bedroom& where) noexcept;
  bool may_sleep_on(const worker& w, const bedroom& where) const noexcept;
  bool get_up(worker& w, const bedroom& where, std::int64_t begin) noexcept;
  void sleep_in_reactor(std::int64_t limit) noexcept;
  void sleep_beside_reactor(worker& w, std::uint32_t word, std::int64_t limit) noexcept;
  std::int64_t until_next_timer(std::int64_t limit) const noexcept;
  void wake_one() noexcept;
  void turn_one_over() noexcept;
  bool rouse(worker& w) noexcept;

  system_core& system_;
  std::vector<worker>& workers_;
  alignas(64) std::atomic<unsigned> asleep_count_{0};
  alignas(64) std::atomic<unsigned> searching_{0};
  std::atomic<unsigned> watching_{0};  ///< of those asleep: soon they look whether another is stuck
  std::atomic<bool> reactor_sleeper_{false};
  std::atomic<worker*> timekeeper_{nullptr};  ///< asleep on its futex until the next timer
};

}  // namespace troupe::detail
