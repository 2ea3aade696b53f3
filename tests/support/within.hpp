// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <future>

/// What another thread promises, or a failed test instead of one that hangs.
template <class T>
T within(std::future<T> value, std::chrono::seconds limit = std::chrono::seconds{60}) {
  REQUIRE(value.wait_for(limit) == std::future_status::ready);
  return value.get();
}
