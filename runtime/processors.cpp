// SPDX-License-Identifier: BSD-3-Clause
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "work_stealing.hpp"

namespace troupe::detail {
namespace {

/// Processors that the CPU quota of our control group is worth; 0: there is no quota.
unsigned quota_processors() noexcept {
  try {
    std::ifstream in("/sys/fs/cgroup/cpu.max");
    std::string quota;
    double period = 0;
    if (!(in >> quota >> period) || quota == "max" || period <= 0) return 0;
    return std::max(1u, static_cast<unsigned>(std::stod(quota) / period));
  } catch (...) {
    return 0;
  }
}

}  // namespace

unsigned usable_processors() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  unsigned count = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = std::max(1, CPU_COUNT(&set));
  const unsigned quota = quota_processors();
  return quota ? std::min(count, quota) : count;
}

}  // namespace troupe::detail
