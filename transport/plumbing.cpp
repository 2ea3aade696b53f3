// SPDX-License-Identifier: BSD-3-Clause
#include "plumbing.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace troupe::detail {
namespace {

void lay_output(const process_output& where, owned_fd& read_end, owned_fd& write_end) {
  switch (where.what()) {
    case process_output::kind::inherited: return;
    case process_output::kind::discarded:
      write_end = owned_fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
      if (!write_end) throw_errno(errno, "start_process: /dev/null");
      return;
    case process_output::kind::prefixed:
    case process_output::kind::lines: {
      fd_pair stream = make_pipe("start_process");
      read_end = std::move(stream.first);
      write_end = std::move(stream.second);
      fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    }
  }
}

}  // namespace

owned_fd above_child_fds(owned_fd fd) {
  if (fd.get() >= child_fds_end) return fd;
  const int moved = fcntl(fd.get(), F_DUPFD_CLOEXEC, child_fds_end);
  if (moved < 0) throw_errno(errno, "start_process: descriptor");
  return owned_fd(moved);
}

plumbing lay_pipes(const process_options& options) {
  fd_pair to_child = make_pipe("start_process");
  fd_pair from_child = make_pipe("start_process");
  fd_pair control = make_socket_pair("start_process");
  plumbing all;
  all.ours.link = {std::move(from_child.first), std::move(to_child.second),
                   std::move(control.first)};
  all.theirs.link = {std::move(to_child.first), std::move(from_child.second),
                     std::move(control.second)};
  lay_output(options.out, all.ours.out, all.theirs.out);
  lay_output(options.err, all.ours.err, all.theirs.err);
  for (owned_fd* each : {&all.theirs.link.in, &all.theirs.link.out, &all.theirs.link.control,
                         &all.theirs.out, &all.theirs.err}) {
    if (*each) *each = above_child_fds(std::move(*each));
  }
  return all;
}

}  // namespace troupe::detail
