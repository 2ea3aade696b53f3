// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <troupe/detail/core.hpp>

namespace troupe::detail {

/// The actor that runs on this thread, as the owner of what it is about to spawn.
/// \throws misuse_error naming `verb`, if this is a plain thread
inline cell& owner_here(const char* verb) {
  cell* caller = running_cell();
  if (!caller) {
    throw_failure({errc::misuse, std::string(verb) + ": only an actor can own something", {}});
  }
  return *caller;
}

}  // namespace troupe::detail
