// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <troupe/detail/life.hpp>
#include <troupe/process_options.hpp>
#include <vector>

#include "born.hpp"
#include "plumbing.hpp"
#include "ticket.hpp"

namespace troupe::detail {

/// Ours, with what the options add or change, as "NAME=value".
std::vector<std::string> environment_for(const process_options& options);
/// For execve and its kin; valid as long as `strings` is.
std::vector<char*> pointers_to(std::vector<std::string>& strings);

/// What a program gets besides its standard streams: the k-th of `others` as number `first_given_fd` + k.
/// -1 for a stream: it stays as it is with us.
inline constexpr int first_given_fd = 3;
struct given_fds {
  std::vector<int> others;  ///< each from child_fds_end on
  int out = -1;
  int err = -1;
};

/// Starts the program of `options` by posix_spawn, with its environment and `variable`. It has no other
/// descriptors. \throws std::system_error naming the program; then nothing is left behind
born spawn_program(const process_options& options, const std::string& variable,
                   const given_fds& given);

/// Start method *spawn*: the program again, with its end of the pipes and a ticket.
/// \param ticket  whose `ends` are chosen here   \throws std::system_error as above
born launch_spawn(const process_options& options, child_ticket ticket, const plumbing::end& theirs);

/// Start method *fork*: a copy of this process, with its end of the pipes. It lives there and does not return.
/// Blocks this worker until all threads of the program rest, options.start_timeout at most.
/// \param life  what it is to be the call of, if it is a closure: its object lasts until this returns
/// \throws std::system_error as above; misuse_error, timeout_error: a thread does not come to rest
born launch_fork(system_core& system, const process_options& options, child_ticket ticket,
                 const plumbing::end& theirs, const closure& life);

}  // namespace troupe::detail
