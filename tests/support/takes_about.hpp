// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <chrono>

#include "eventually.hpp"

/// `wait()` takes `t`, never less, and not much more: but on a machine that stalls it may now and then, so
/// that it is tried again.
template <class Wait>
void takes_about(std::chrono::nanoseconds t, Wait wait) {
  eventually([&] {
    const auto begun = std::chrono::steady_clock::now();
    wait();
    const auto taken = std::chrono::steady_clock::now() - begun;
    CHECK(taken >= t);
    return taken < 10 * t;
  });
}
