// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <troupe/scheduler.hpp>

namespace troupe::detail {

/// The time of a simulation: stands still until somebody moves it.
class virtual_clock final : public clock_source {
 public:
  /// Not 0, which means "no deadline".
  static constexpr std::int64_t start = 1'000'000'000'000;

  std::chrono::steady_clock::time_point now() const noexcept override {
    return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{nanoseconds_}};
  }
  std::int64_t nanoseconds() const noexcept { return nanoseconds_; }
  void move_to(std::int64_t when) noexcept { nanoseconds_ = std::max(nanoseconds_, when); }

 private:
  std::int64_t nanoseconds_ = start;
};

}  // namespace troupe::detail
