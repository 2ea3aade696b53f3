// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/log.hpp>
#include <troupe/process_options.hpp>

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
  start_method method = start_method::spawn;          ///< by which it is started
  start_method default_method = start_method::spawn;  ///< by which it starts others
  log_level least_said = log_level::warning;
  bool daemon = false;
  std::string name;
  std::string parent_name;
};

inline constexpr const char* ticket_variable = "TROUPE_CHILD";

std::string write_ticket(const child_ticket& ticket);
/// \return nothing if the text is not a ticket
std::optional<child_ticket> read_ticket(const char* text);
/// Whether the ticket can be this process's own.
bool has_its_descriptors(const child_ticket& ticket) noexcept;

}  // namespace troupe::detail
