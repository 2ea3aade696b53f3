// SPDX-License-Identifier: BSD-3-Clause
#include "launch.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <system_error>

extern char** environ;

namespace troupe::detail {
namespace {

constexpr int pipe_bytes = 256 * 1024;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// glibc 2.36 declares these without extern "C"; and older ones not at all.
int open_pidfd(pid_t pid) noexcept { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

/// A descriptor that closes itself unless it is handed on.
class owned_fd {
 public:
  owned_fd() = default;
  explicit owned_fd(int fd) noexcept : fd_(fd) {}
  owned_fd(owned_fd&& other) noexcept : fd_(other.release()) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct fd_pair {
  owned_fd first, second;
};

fd_pair make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) fail(errno, "start_process: pipe");
  fcntl(fds[1], F_SETPIPE_SZ, pipe_bytes);  // more than a user may have: it stays as it is
  return {owned_fd(fds[0]), owned_fd(fds[1])};
}
fd_pair make_socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    fail(errno, "start_process: socketpair");
  return {owned_fd(fds[0]), owned_fd(fds[1])};
}

/// posix_spawn's two argument objects.
struct spawn_arguments {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  spawn_arguments() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Our threads block all signals; the program that is started must not.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  ~spawn_arguments() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  /// Keeps this descriptor open, under the same number.
  void keep(int fd) { posix_spawn_file_actions_adddup2(&actions, fd, fd); }
};

std::vector<std::string> environment_for(const process_options& options,
                                         const std::string& ticket) {
  std::vector<std::string> all;
  const auto is_set_by_us = [&](std::string_view entry) {
    const std::string name(entry.substr(0, entry.find('=')));
    return name == ticket_variable || options.environment.contains(name);
  };
  for (char** entry = environ; *entry; ++entry) {
    if (!is_set_by_us(*entry)) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : options.environment) all.push_back(name + "=" + value);
  all.push_back(std::string(ticket_variable) + "=" + ticket);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> all;
  all.reserve(strings.size() + 1);
  for (std::string& s : strings) all.push_back(s.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

std::string write_ticket(const child_ticket& t) {
  char text[256];
  std::snprintf(text, sizeof text, "1 %d %d %d %" PRIx64 " %" PRIx64 " %d %u %" PRId64 " ",
                t.ends.in, t.ends.out, t.ends.control, t.node, t.parent_node,
                static_cast<int>(t.parent_pid), t.workers, t.shutdown_nanoseconds);
  return text + t.name;
}

std::optional<child_ticket> read_ticket(const char* text) {
  child_ticket t;
  int version = 0, parent = 0, end = 0;
  const int fields =
      std::sscanf(text, "%d %d %d %d %" SCNx64 " %" SCNx64 " %d %u %" SCNd64 "%n", &version,
                  &t.ends.in, &t.ends.out, &t.ends.control, &t.node, &t.parent_node, &parent,
                  &t.workers, &t.shutdown_nanoseconds, &end);
  if (fields != 9 || version != 1 || t.node == 0 || t.parent_node == 0 || text[end] != ' ')
    return std::nullopt;
  for (int fd : {t.ends.in, t.ends.out, t.ends.control}) {
    if (fd <= STDERR_FILENO || fcntl(fd, F_GETFD) < 0) return std::nullopt;
  }
  t.parent_pid = parent;
  t.name = text + end + 1;
  return t;
}

launched launch_spawn(const process_options& options, child_ticket ticket) {
  fd_pair to_child = make_pipe();
  fd_pair from_child = make_pipe();
  fd_pair control = make_socket_pair();
  ticket.ends = {to_child.first.get(), from_child.second.get(), control.second.get()};
  spawn_arguments how;
  for (int fd : {ticket.ends.in, ticket.ends.out, ticket.ends.control}) how.keep(fd);
  const std::string program = options.program.empty() ? "/proc/self/exe" : options.program.string();
  std::vector<std::string> arguments = options.arguments;
  if (arguments.empty()) arguments.push_back(program);
  std::vector<std::string> environment = environment_for(options, write_ticket(ticket));
  launched child;
  const int error = posix_spawn(&child.pid, program.c_str(), &how.actions, &how.attributes,
                                pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0) fail(error, "start_process: cannot start '" + program + "'");
  child.pidfd = open_pidfd(child.pid);
  if (child.pidfd < 0) {
    const int why = errno;
    ::kill(child.pid, SIGKILL);  // not reaped yet, so the pid is still this child's
    waitpid(child.pid, nullptr, 0);
    fail(why, "start_process: pidfd_open");
  }
  child.ends = {from_child.first.release(), to_child.second.release(), control.first.release()};
  return child;
}

void signal_process(int pidfd, int signal) noexcept {
  syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

std::optional<exit_reason> reap_process(int pidfd) noexcept {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG) != 0) {
    // The program ignores SIGCHLD or has waited for all children itself.
    return exit_reason{exit_reason::cause::process_ended, -1, 0, {}};
  }
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED)
    return exit_reason{exit_reason::cause::process_ended, info.si_status, 0, {}};
  return exit_reason{exit_reason::cause::process_ended, 0, info.si_status, {}};
}

}  // namespace troupe::detail
