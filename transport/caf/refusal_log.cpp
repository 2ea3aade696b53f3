// SPDX-License-Identifier: BSD-3-Clause
#include "refusal_log.hpp"

#include <cstdio>
#include <utility>

namespace troupe::detail {

void refusal_log::note(system_core& system, const std::string& what) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t moment = now(system);
  if (reported_ != 0 && moment - reported_ < second) {
    ++unreported_;
    return;
  }
  reported_ = moment;
  std::string before;
  if (unreported_ != 0)
    before = " (and " + std::to_string(std::exchange(unreported_, 0)) + " before it)";
  if (system.says(log_level::warning))
    std::fprintf(stderr, "troupe: cluster: refused%s: %s\n", before.c_str(), what.c_str());
}

}  // namespace troupe::detail
