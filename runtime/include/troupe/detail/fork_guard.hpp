// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/system_core.hpp>

/// A program that forks by itself has in the copy one thread of those that a system needs, and locks that
/// nobody will ever let go of. Calls into such a system fail there instead of hanging.
namespace troupe::detail {

/// How often fork() has led to this process since the program began.
unsigned forks_so_far() noexcept;

/// This process is a copy of the one that made the system. \cost two loads
inline bool is_forked(const system_core& system) noexcept {
  return system.forks_before != forks_so_far();
}

/// \throws misuse_error if this process is such a copy
void refuse_if_forked(const system_core& system);
failure forked_failure();
/// Says on stderr, once, that a message in such a copy reaches nobody.
void note_forked_send() noexcept;

}  // namespace troupe::detail
