// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/scheduler.hpp>

#include "mixed_bits.hpp"

namespace troupe::detail {

/// Luck that follows from a seed (splitmix64). Who draws for another purpose takes another stream, so
/// that one draw more here changes nothing there. \thread one
class seeded_source final : public random_source {
 public:
  enum class stream : std::uint8_t { actors = 1, order, kills, stalls };

  seeded_source(std::uint64_t seed, stream purpose) noexcept
      : state_(mixed_bits(mixed_bits(seed + golden_step) + static_cast<std::uint64_t>(purpose))) {}

  std::uint64_t next() noexcept override { return mixed_bits(state_ += golden_step); }
  /// Any of 0 … bound - 1; the bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace troupe::detail
