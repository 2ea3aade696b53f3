// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "independent.hpp"

using namespace troupe;

TEST_CASE("enumerate: every order of a small scenario, each once") {
  independent three{.actors = 3, .steps = 3, .remember = true};
  const exploration all = enumerate({}, std::ref(three));
  CHECK_FALSE(all.found);
  CHECK(all.exhausted);
  CHECK(all.runs == 1680);  // 9! / (3!)^3
  CHECK(three.seen.size() == 1680);
  CHECK(all.steps == 9);
}

TEST_CASE("enumerate: three actors of four steps have 34,650 orders") {
  independent three{.actors = 3, .steps = 4};
  const exploration all = enumerate({}, std::ref(three));
  CHECK(all.exhausted);
  CHECK(all.runs == 34'650);
}

TEST_CASE("enumerate: stops where it is told to, and says that there is more") {
  independent three{.actors = 3, .steps = 3};
  const exploration some = enumerate({.runs_max = 100}, std::ref(three));
  CHECK_FALSE(some.found);
  CHECK_FALSE(some.exhausted);
  CHECK(some.runs == 100);
  const exploration all = enumerate({.runs_max = 1680}, std::ref(three));
  CHECK(all.exhausted);
}
