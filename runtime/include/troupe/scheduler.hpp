// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

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
  /// A timer earlier than all others has been set, or the reactor has new work.
  virtual void interrupt() noexcept = 0;
  /// Lets running handlers end, then runs no more. Called once, from a plain thread.
  virtual void stop() noexcept = 0;
  /// After stop(): a cell that was left in a queue or has been scheduled since; null: none.
  virtual detail::cell* leftover() noexcept = 0;
  virtual unsigned workers() const noexcept = 0;
};

/// The only way to ask for the time.
class clock_source {
 public:
  virtual ~clock_source() = default;
  /// Monotonic. \thread any
  virtual std::chrono::steady_clock::time_point now() const noexcept = 0;
};

}  // namespace troupe
