// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <troupe/detail/reactor.hpp>

namespace troupe::detail {

/// How long to wait for a sign of life from another process. Time for which this one stood still itself (it was
/// stopped, or the machine was busy with others) is not held against them: it waits in steps, and one that
/// took twice its time or more does not count. So after SIGCONT those who were stopped with us have at least
/// one step left.
inline constexpr unsigned patience_steps = 8;

constexpr bool stood_still(std::chrono::nanoseconds waited, std::chrono::nanoseconds step) {
  return waited >= 2 * step;
}

/// Patience in the reactor. \thread the holder of the reactor
class patience {
 public:
  explicit patience(reactor& io) noexcept : io_(io) {}
  patience(const patience&) = delete;
  patience& operator=(const patience&) = delete;
  ~patience() { end(); }

  /// Calls `run_out` after `limit`, unless end() comes first. What has begun before is ended.
  void begin(std::chrono::nanoseconds limit, std::function<void()> run_out);
  void end() noexcept;

 private:
  struct wait;
  reactor& io_;
  std::shared_ptr<wait> wait_;
};

}  // namespace troupe::detail
