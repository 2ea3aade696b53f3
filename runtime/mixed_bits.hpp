// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace troupe::detail {

/// The two halves of splitmix64 (Steele, Lea, Flood 2014; constants: Stafford's mix 13): a counter
/// that takes golden steps, and a mix of its bits.
inline constexpr std::uint64_t golden_step = 0x9e3779b97f4a7c15u;

constexpr std::uint64_t mixed_bits(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace troupe::detail
