// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <optional>
#include <troupe/exit_reason.hpp>
#include <troupe/process_options.hpp>

#include "descriptors.hpp"

/// A process from its first moment to its exit status, by pidfd alone: never a stranger who got the
/// same pid.
namespace troupe::detail {

/// A child that nobody looks after yet: it is killed and reaped unless it is handed on.
class born {
 public:
  /// \param pid  a child of ours that has not been reaped
  /// \throws std::system_error; then it is gone already
  explicit born(pid_t pid);
  born(pid_t pid, owned_fd pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}
  born(born&&) noexcept = default;
  born& operator=(born&&) = delete;
  ~born() { end(); }

  pid_t pid() const noexcept { return pid_; }
  int pidfd() const noexcept { return pidfd_.get(); }
  /// Kills and reaps it, if it has not been handed on.
  void end() noexcept;
  owned_fd hand_on() noexcept { return std::move(pidfd_); }

 private:
  pid_t pid_;
  owned_fd pidfd_;
};

/// \throws std::system_error naming the limit
void set_limits(pid_t pid, const process_limits& limits);

void signal_process(int pidfd, int signal) noexcept;
/// Collects the exit status, also if the program ignores SIGCHLD or has waited for all of its children
/// itself, where the kernel still knows. \return nothing: it has not ended; code -1: nobody knows
std::optional<exit_reason> reap_process(int pidfd) noexcept;

}  // namespace troupe::detail
