// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <troupe/exploration.hpp>

/// Whoever dies at whatever step of the scenario, and two of them anywhere, also where timers are due although
/// somebody is ready: it comes out right.
inline void survives_each_death(const troupe::scenario& play, std::uint64_t seeds = 10) {
  using namespace troupe;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const exploration swept = sweep_kills({.run = {.seed = seed}}, play);
    CHECK_FALSE(swept.found);
    CHECK(swept.runs > 20);
  }
  CHECK_FALSE(explore({.seeds = 300, .kills = 2}, play).found);
  CHECK_FALSE(explore({.seeds = 300, .order = simulation_order::pct, .kills = 1}, play).found);
  CHECK_FALSE(explore({.seeds = 300, .kills = 1, .stall_every = 3}, play).found);
}

/// A handle to a coordinator that the test has spawned itself, for its mistakes.
template <class Handle>
struct handle_to : Handle {
  explicit handle_to(const typename Handle::coordinator_ref& coordinator) {
    this->coordinator_ = coordinator;
  }
};

/// A scenario with a planted mistake: some death brings it out, and its replay shows the same.
/// \return what was wrong
inline std::string sweep_finds(const troupe::scenario& wrong) {
  using namespace troupe;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const exploration swept = sweep_kills({.run = {.seed = seed}, .print = false}, wrong);
    if (!swept.found) continue;
    MESSAGE("found by seed ", seed, ": ", swept.what);
    CHECK(replay(swept.run, wrong, false).what == swept.what);
    return swept.what;
  }
  FAIL("not found");
  return {};
}
