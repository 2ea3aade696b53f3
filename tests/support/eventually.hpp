// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <chrono>

/// Nothing in a test takes that long, however slow the machine.
inline constexpr std::chrono::seconds far_too_long{30};

/// Asks again and again until it is so, instead of sleeping; each question should take a round trip
/// through what is tested.
template <class Condition>
void eventually(Condition so) {
  const auto deadline = std::chrono::steady_clock::now() + far_too_long;
  while (!so()) {
    if (std::chrono::steady_clock::now() >= deadline) FAIL("it did not come to pass");
  }
}
