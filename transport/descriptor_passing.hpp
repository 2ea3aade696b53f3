// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "descriptors.hpp"

namespace troupe::detail {

inline constexpr std::size_t passed_fds_max = 16;

/// Sends one message with descriptors over a Unix socket; the caller keeps its own.
/// \return 0, or the errno: EAGAIN if there is no room and the socket does not wait
int send_with_fds(int socket, std::span<const std::byte> bytes, std::span<const int> fds) noexcept;

/// What came in one message; the descriptors are close-on-exec.
struct received_fds {
  std::ptrdiff_t bytes = 0;  ///< 0: the end; negative: -errno
  std::vector<owned_fd> fds;
};
received_fds receive_with_fds(int socket, std::span<std::byte> room);

}  // namespace troupe::detail
