// SPDX-License-Identifier: BSD-3-Clause
#include "ticket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace troupe::detail {
namespace {
constexpr int ticket_version = 3;
}

std::string write_ticket(const child_ticket& t) {
  char text[256];
  std::snprintf(text, sizeof text,
                "%d %d %d %d %" PRIx64 " %" PRIx64 " %d %u %" PRId64 " %d %d %d %d %zu ",
                ticket_version, t.ends.in, t.ends.out, t.ends.control, t.node, t.parent_node,
                static_cast<int>(t.parent_pid), t.workers, t.shutdown_nanoseconds,
                static_cast<int>(t.method), static_cast<int>(t.default_method),
                static_cast<int>(t.least_said), t.daemon ? 1 : 0, t.name.size());
  return text + t.name + t.parent_name;
}

std::optional<child_ticket> read_ticket(const char* text) {
  child_ticket t;
  int version = 0, parent = 0, method = 0, default_method = 0, least_said = 0, daemon = 0, end = 0;
  std::size_t name_bytes = 0;
  const int fields = std::sscanf(
      text, "%d %d %d %d %" SCNx64 " %" SCNx64 " %d %u %" SCNd64 " %d %d %d %d %zu%n", &version,
      &t.ends.in, &t.ends.out, &t.ends.control, &t.node, &t.parent_node, &parent, &t.workers,
      &t.shutdown_nanoseconds, &method, &default_method, &least_said, &daemon, &name_bytes, &end);
  if (fields != 14 || version != ticket_version || t.node == 0 || t.parent_node == 0 ||
      text[end] != ' ') {
    return std::nullopt;
  }
  const std::string names(text + end + 1);
  if (name_bytes > names.size()) return std::nullopt;
  t.parent_pid = parent;
  t.method = static_cast<start_method>(method);
  t.default_method = static_cast<start_method>(default_method);
  t.least_said = static_cast<log_level>(least_said);
  t.daemon = daemon != 0;
  t.name = names.substr(0, name_bytes);
  t.parent_name = names.substr(name_bytes);
  return t;
}

bool has_its_descriptors(const child_ticket& ticket) noexcept {
  for (int fd : {ticket.ends.in, ticket.ends.out, ticket.ends.control}) {
    if (fd <= STDERR_FILENO || fcntl(fd, F_GETFD) < 0) return false;
  }
  return true;
}

}  // namespace troupe::detail
