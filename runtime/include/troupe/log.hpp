// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

/// What is said on stderr: by the runtime, where something had to be refused, dropped or ended, and by the
/// program with log(). How much of it, actor_system::set_log_level() says, for this process and for the
/// children that it starts later.
namespace troupe {

class actor_system;

enum class log_level : std::uint8_t {
  debug,
  info,
  warning,
  error,
  silent,  ///< as a level of a system: nothing is said
};

/// Writes a line, "NAME: text" with the name of the system, if its level is not above `level`.
/// \thread any   \cost a write to stderr, which may block
void log(actor_system& system, log_level level, std::string_view text) noexcept;

}  // namespace troupe
