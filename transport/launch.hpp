// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/process.hpp>

#include "pipe_link.hpp"

namespace troupe::detail {

/// What a parent tells its child at the start, in one environment variable.
struct child_ticket {
  pipe_ends ends;  ///< the child's
  std::uint64_t node = 0;
  std::uint64_t parent_node = 0;
  pid_t parent_pid = 0;
  unsigned workers = 1;
  std::int64_t shutdown_nanoseconds = 0;
  std::string name;
};

inline constexpr const char* ticket_variable = "TROUPE_CHILD";

std::string write_ticket(const child_ticket& ticket);
/// \return nothing if the text is not a ticket
std::optional<child_ticket> read_ticket(const char* text);

struct launched {
  pid_t pid = 0;
  int pidfd = -1;
  pipe_ends ends;  ///< ours
};

/// Start method *spawn*: the program again, by posix_spawn, with two pipes and a socket to it. All
/// descriptors are close-on-exec, so a child has those three and no others.
/// \throws std::system_error naming what failed; then nothing is left behind
launched launch_spawn(const process_options& options, child_ticket ticket);

/// Sends a signal through the pidfd: never to a stranger who got the same pid.
void signal_process(int pidfd, int signal) noexcept;
/// Collects the exit status. \return nothing: it has not ended
std::optional<exit_reason> reap_process(int pidfd) noexcept;

}  // namespace troupe::detail
