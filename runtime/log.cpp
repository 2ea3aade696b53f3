// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/log.hpp>

#include <cstdio>
#include <troupe/detail/system_core.hpp>

namespace troupe {

void log(actor_system& system, log_level level, std::string_view text) noexcept {
  if (level == log_level::silent || !system.core().says(level)) return;
  std::fprintf(stderr, "%s: %.*s\n", system.name().c_str(), static_cast<int>(text.size()),
               text.data());
}

void actor_system::set_log_level(log_level least) noexcept { core_->least_said = least; }
log_level actor_system::least_log_level() const noexcept { return core_->least_said; }

}  // namespace troupe
