// SPDX-License-Identifier: BSD-3-Clause
#include "born.hpp"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

#include "descriptors.hpp"

namespace troupe::detail {
namespace {

// glibc 2.36 declares these without extern "C"; and older ones not at all.
int open_pidfd(pid_t pid) noexcept { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

/// As in Linux 6.15's <linux/pidfd.h>, which Debian's headers do not have yet.
struct pidfd_status {
  std::uint64_t mask = 1U << 3;  // PIDFD_INFO_EXIT
  std::uint64_t cgroup = 0;
  std::uint32_t ids[11] = {};
  std::int32_t exit_code = 0;
};
constexpr unsigned long get_pidfd_info = _IOWR(0xFF, 11, pidfd_status);

exit_reason ended_with(int code, int signal) {
  return {exit_reason::cause::process_ended, code, signal, {}};
}

exit_reason end_of_the_reaped(int pidfd) noexcept {
  pidfd_status status;
  if (ioctl(pidfd, get_pidfd_info, &status) != 0 || !(status.mask & (1U << 3)))
    return ended_with(-1, 0);
  if (WIFSIGNALED(status.exit_code)) return ended_with(0, WTERMSIG(status.exit_code));
  return ended_with(WEXITSTATUS(status.exit_code), 0);
}

/// \param slack  from the limit at which the process is warned to the one at which it is ended
void set_limit(pid_t pid, __rlimit_resource which, const std::optional<std::uint64_t>& most,
               const char* name, rlim_t slack = 0) {
  if (!most) return;
  const rlimit both{*most, *most + slack};
  if (prlimit(pid, which, &both, nullptr) != 0)
    throw_errno(errno,
                std::string("start_process: limits.") + name + " = " + std::to_string(*most));
}

}  // namespace

born::born(pid_t pid) : pid_(pid), pidfd_(open_pidfd(pid)) {
  if (pidfd_) return;
  const int why = errno;
  ::kill(pid, SIGKILL);  // not reaped yet, so the pid is still this child's
  waitpid(pid, nullptr, 0);
  throw_errno(why, "start_process: pidfd_open");
}

void born::end() noexcept {
  if (!pidfd_) return;
  signal_process(pidfd_.get(), SIGKILL);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {
  }
  pidfd_ = {};
}

void set_limits(pid_t pid, const process_limits& limits) {
  std::optional<std::uint64_t> cpu_seconds;
  if (limits.cpu) cpu_seconds = static_cast<std::uint64_t>(limits.cpu->count());
  set_limit(pid, RLIMIT_AS, limits.memory_bytes, "memory_bytes");
  set_limit(pid, RLIMIT_CPU, cpu_seconds, "cpu", 1);
  set_limit(pid, RLIMIT_NOFILE, limits.open_files, "open_files");
  set_limit(pid, RLIMIT_FSIZE, limits.file_bytes, "file_bytes");
  set_limit(pid, RLIMIT_CORE, limits.core_bytes, "core_bytes");
  set_limit(pid, RLIMIT_STACK, limits.stack_bytes, "stack_bytes");
}

void signal_process(int pidfd, int signal) noexcept {
  syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

std::optional<exit_reason> reap_process(int pidfd) noexcept {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG) != 0)
    return end_of_the_reaped(pidfd);
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return ended_with(info.si_status, 0);
  return ended_with(0, info.si_status);
}

}  // namespace troupe::detail
