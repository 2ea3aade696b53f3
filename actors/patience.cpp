// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <string>
#include <troupe/detail/core.hpp>
#include <troupe/detail/patience.hpp>

namespace troupe::detail {

std::int64_t time_here() noexcept {
  return now(*running_cell()->system.load(std::memory_order_relaxed));
}

patience checked_patience(std::chrono::nanoseconds timeout, const char* verb) {
  if (timeout < std::chrono::nanoseconds{}) {
    throw std::invalid_argument(std::string(verb) + ": timeout is negative");
  }
  return timeout;
}

void throw_too_patient(const char* verb) {
  throw std::invalid_argument(std::string(verb) + ": timeout is more than 292 years");
}

}  // namespace troupe::detail
