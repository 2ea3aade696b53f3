// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/socket.h>

#include <string>
#include <troupe/owned_fd.hpp>

namespace troupe::detail {

using troupe::owned_fd;

/// Of a pipe, the first is read from.
struct fd_pair {
  owned_fd first, second;
};

/// \throws std::system_error whose text begins with `what`
[[noreturn]] void throw_errno(int error, const std::string& what);

/// All close-on-exec, and none with the number of a standard stream.
/// \param verb  whose work it is, for the error   \throws std::system_error
fd_pair make_pipe(const char* verb);
fd_pair make_socket_pair(const char* verb, int type = SOCK_STREAM);

}  // namespace troupe::detail
