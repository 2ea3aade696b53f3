// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace troupe {

namespace detail {
struct cell;
struct system_core;
}  // namespace detail

/// Decides which actor runs when, and on which thread. Handed to the system at its start; nothing
/// else in the runtime makes threads or chooses an order.
class scheduler {
 public:
  virtual ~scheduler() = default;
  virtual void start() = 0;
  /// Runs `c` soon, once. \thread any   \cost no lock when called by a worker
  virtual void schedule(detail::cell& c) noexcept = 0;
  /// The same for one whose turn comes before those of others, which must not wait for ever.
  virtual void schedule_first(detail::cell& c) noexcept { schedule(c); }
  /// A timer earlier than all others has been set, or the reactor has new work.
  virtual void interrupt() noexcept = 0;
  /// All threads shall rest (see detail/standstill.hpp): wakes those that sleep; or: they need not any more.
  virtual void pause(bool /*rest*/) noexcept {}
  /// Lets running handlers end, then runs no more. Called once, from a plain thread.
  virtual void stop() noexcept = 0;
  /// After stop(): a cell that was left in a queue or has been scheduled since; null: none.
  virtual detail::cell* leftover() noexcept = 0;
  virtual unsigned workers() const noexcept = 0;
  /// What a plain thread calls to wait, until `over` is true or the clock of the system shows `deadline`.
  /// Blocks the thread; a simulation works meanwhile.
  /// \param hold  locks what `over` reads; `changed` is notified after each change of it
  /// \param deadline  in nanoseconds of the system's clock; INT64_MAX: none
  /// \return over()   \throws simulation_error when nothing can make it true any more
  virtual bool wait(std::unique_lock<std::mutex>& hold, std::condition_variable& changed,
                    const std::function<bool()>& over, std::int64_t deadline);
};

/// The only way to ask for the time.
class clock_source {
 public:
  virtual ~clock_source() = default;
  /// Monotonic. \thread any
  virtual std::chrono::steady_clock::time_point now() const noexcept = 0;
};

/// The only way to ask for luck.
class random_source {
 public:
  virtual ~random_source() = default;
  /// 64 random bits; not for secrets. \thread any
  virtual std::uint64_t next() noexcept = 0;
};

}  // namespace troupe
