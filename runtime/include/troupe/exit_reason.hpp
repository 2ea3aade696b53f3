// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace troupe {

/// Why an actor or a process ended.
struct exit_reason {
  enum class cause : std::uint8_t {
    normal,           ///< it came to its end, or was stopped
    error,            ///< an exception left it; `text` is what it said
    killed,           ///< kill()
    owner_ended,      ///< who spawned it ended first
    process_ended,    ///< its process exited with `code`, or died by `signal`
    connection_lost,  ///< nothing more is heard from its process
    never_existed,    ///< there is no such actor (any more)
  };
  cause what = cause::normal;
  std::int32_t code = 0;    ///< exit code of the process
  std::int32_t signal = 0;  ///< signal that ended the process; 0: none
  std::string text;         ///< of the exception

  bool is_normal() const noexcept { return what == cause::normal; }
  friend bool operator==(const exit_reason&, const exit_reason&) = default;
};

/// In words, for people: "killed", "process ended by signal 9 (Killed)". \thread any
std::string to_string(const exit_reason& reason);

}  // namespace troupe
