// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <troupe/exploration.hpp>

/// The search finds what is planted in `wrong` within the given seeds, tells how to repeat it, and finds
/// nothing in `right`, its twin without the mistake.
inline void must_find(troupe::explore_options options, const troupe::scenario& wrong,
                      const troupe::scenario& right) {
  options.print = false;
  const troupe::exploration seen = troupe::explore(options, wrong);
  REQUIRE(seen.found);
  MESSAGE("found by seed ", seen.seed, ": ", seen.what);
  CHECK_FALSE(seen.trace.empty());
  const troupe::exploration again = troupe::replay(seen.run, wrong, false);
  CHECK(again.found);
  CHECK(again.what == seen.what);
  CHECK(again.trace == seen.trace);
  const troupe::exploration twin = troupe::explore(options, right);
  INFO(to_string(twin));
  CHECK_FALSE(twin.found);
  CHECK(twin.runs == options.seeds);
}
