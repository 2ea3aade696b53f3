// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/process_options.hpp>

#include "descriptors.hpp"
#include "pipe_link.hpp"

namespace troupe::detail {

/// One end of the link, owned.
struct link_fds {
  owned_fd in, out, control;

  pipe_ends numbers() const noexcept { return {in.get(), out.get(), control.get()}; }
  pipe_ends release() noexcept { return {in.release(), out.release(), control.release()}; }
};

/// What a child gets is first moved up here, so that it can then be put below, one after the other.
inline constexpr int child_fds_end = 6;
owned_fd above_child_fds(owned_fd fd);

/// All that lies between a parent and one child: the link, and a pipe for each stream that is not
/// inherited. Everything is close-on-exec.
struct plumbing {
  struct end {
    link_fds link;
    owned_fd out, err;  ///< none: the stream is inherited
  };
  end ours, theirs;
};

/// \throws std::system_error naming the call; then nothing is left open
plumbing lay_pipes(const process_options& options);

}  // namespace troupe::detail
