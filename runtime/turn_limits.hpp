// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// What all schedulers go by when they choose who is next.
namespace troupe::detail {

inline constexpr unsigned slot_streak_max = 16;   ///< turns from the slot while the ring waits
inline constexpr unsigned urgent_streak_max = 4;  ///< turns of urgent actors while others wait
inline constexpr unsigned link_turns_max = 8;     ///< of one link, before the next cell
inline constexpr std::size_t injected_at_once = 64;
/// A turn that took this long was not just many messages.
inline constexpr std::int64_t slow_turn_nanoseconds = 100'000;

}  // namespace troupe::detail
