// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

/// What a process and its template, the one that hands out copies of itself, say to each other: one
/// message each way for each child, over a SOCK_SEQPACKET pair. Both are the same program.
namespace troupe::detail {

/// Set for the template: the ids of what it loads, in hex, each behind a space.
inline constexpr const char* template_variable = "TROUPE_TEMPLATE";

/// Its descriptors: the socket, and a page that both map.
inline constexpr int template_socket_fd = 3;
inline constexpr int template_page_fd = 4;

/// With the descriptors: what is in `order`, as a file; the child's in, out, control; its stdout and its
/// stderr, if it has them.
struct template_request {
  std::uint64_t id = 0;
  std::uint64_t order_bytes = 0;
  bool has_out = false;
  bool has_err = false;
};

/// What the child is to be; encoded as a message.
struct template_order {
  std::string ticket;  ///< the numbers of its `ends` do not count
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string working_directory;
};

/// With the descriptor of its pidfd, if there is a child.
struct template_reply {
  std::uint64_t id = 0;
  std::int32_t pid = 0;
  std::int32_t error = 0;  ///< errno of what failed; 0: nothing
};

/// In the page: written by the template before a child is made, and the pid by the kernel as it is. If the
/// template dies before it can answer, this tells whether there is a child to look after.
struct template_page {
  std::atomic<std::uint64_t> id{0};
  std::atomic<std::int32_t> pid{0};
};

}  // namespace troupe::detail
