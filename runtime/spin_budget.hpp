// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

namespace troupe::detail {

/// How long a worker without work looks for some before it sleeps. Learns from its last 16 tries:
/// doubled when more than half found work, halved when fewer than one in eight did. At zero it tries
/// once in 64 times, to notice that the world has changed.
class spin_budget {
 public:
  std::int64_t nanoseconds() noexcept {
    if (nanoseconds_ != 0) return nanoseconds_;
    return ++skipped_ % 64 == 0 ? first : 0;
  }

  void note(bool found) noexcept {
    ++tries_;
    finds_ += found;
    if (tries_ < 16) return;
    if (finds_ * 2 > tries_) {
      nanoseconds_ = std::clamp<std::int64_t>(nanoseconds_ * 2, first, longest);
    } else if (finds_ * 8 < tries_) {
      nanoseconds_ = nanoseconds_ / 2 < shortest ? 0 : nanoseconds_ / 2;
    }
    tries_ = finds_ = 0;
  }

  /// It was woken after a sleep of so long. Had it spun on, a short one would have been saved, and with it
  /// two system calls.
  void note_sleep(std::int64_t nanoseconds) noexcept {
    if (nanoseconds >= longest) return;
    nanoseconds_ = std::clamp<std::int64_t>(nanoseconds_ * 2, first, longest);
    tries_ = finds_ = 0;
  }

 private:
  static constexpr std::int64_t shortest = 1'000;
  static constexpr std::int64_t first = 5'000;
  static constexpr std::int64_t longest = 50'000;

  std::int64_t nanoseconds_ = first;
  unsigned tries_ = 0;
  unsigned finds_ = 0;
  unsigned skipped_ = 0;
};

}  // namespace troupe::detail
