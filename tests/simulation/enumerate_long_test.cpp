// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "independent.hpp"

TEST_CASE("enumerate: three actors of five steps have 756,756 orders") {
  independent three{.actors = 3, .steps = 5};
  const troupe::exploration all = troupe::enumerate({}, std::ref(three));
  CHECK_FALSE(all.found);
  CHECK(all.exhausted);
  CHECK(all.runs == 756'756);  // 15! / (5!)^3
  CHECK(all.steps == 15);
}
