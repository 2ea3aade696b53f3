// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "near.hpp"
#include "next_slot.hpp"
#include "run_queue.hpp"
#include "spin_budget.hpp"

namespace troupe::detail {

class pool_scheduler;

inline constexpr unsigned upkeep_turns_max = 64;  ///< how often a busy worker looks at the clock
/// An idle worker's sleep while others work, before it looks whether one is stuck. Many times the length of a turn
/// that has only much mail: to take the cell that waits for the end of such a one costs more than the wait.
inline constexpr std::int64_t watch_nanoseconds = 1'000'000;

/// Where a worker is. Written by itself; `asleep*` is taken back by whoever wakes it.
enum class place : std::uint32_t { awake, asleep, asleep_in_reactor };

/// A thread of the work-stealing scheduler, and what it has to do. Atomic fields are for thieves and wakers
/// too, the others for the worker alone.
struct alignas(128) worker {
  pool_scheduler* pool = nullptr;
  run_queue ring;
  alignas(64) next_slot slot;           ///< the cell made ready last
  std::atomic<std::uint64_t> turns{0};  ///< a thief takes the slot only if this stands still
  std::atomic<bool> robbed{false};      ///< by a thief, of what waited for the end of a long turn
  alignas(64) std::atomic<std::uint32_t> where{0};
  unsigned index = 0;
  std::uintptr_t mark = no_mark;  ///< if it is the only one: see near.hpp
  unsigned streak = 0;            ///< turns from the slot, one after the other
  unsigned urgent_streak = 0;     ///< turns of urgent actors, likewise
  bool in_slow_turn = false;      ///< of a class whose last turn was long
  std::int64_t last_upkeep = 0;
  std::int64_t last_look = 0;                ///< at the clock, by upkeep
  unsigned upkeep_every = upkeep_turns_max;  ///< turns; fewer while turns are long
  unsigned until_upkeep = upkeep_turns_max;
  spin_budget spin;
  std::vector<std::uint64_t> turns_seen;  ///< of the others, when it went to sleep
  std::thread thread;

  bool is_awake() const noexcept {
    return where.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(place::awake);
  }
};

}  // namespace troupe::detail
