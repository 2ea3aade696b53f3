// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <troupe/detail/life.hpp>
#include <troupe/detail/standstill.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "child_main.hpp"
#include "launch.hpp"

/// Start method *fork*. All other threads rest while the copy is made, so no lock in it is held by one that it
/// does not have. The copy makes a system of its own on a new thread; nothing that was made before the fork
/// is ended in it, neither the parent's objects nor the statics.
namespace troupe::detail {
namespace {

constinit closure brought;  // in the copy: what begin_closure() begins

/// What lies in our buffers must not be written by the copy, too; and the other way round at its end.
void flush_streams() noexcept {
  for (std::ostream* each : {&std::cout, &std::cerr, &std::clog}) each->flush();
  std::fflush(nullptr);
}

bool is_of_a_crash(int signal) noexcept {
  for (int each : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    if (signal == each) return true;
  }
  return false;
}

/// As exec does: what is ignored stays so. But who reports crashes may go on.
void forget_handlers() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction known{};
    if (is_of_a_crash(signal) || sigaction(signal, nullptr, &known) != 0) continue;
    if (known.sa_handler == SIG_DFL || known.sa_handler == SIG_IGN) continue;
    known = {};
    sigaction(signal, &known, nullptr);
  }
}

/// As exec does, but with all from where ours end, also those that are not marked.
void take_descriptors(const plumbing::end& theirs) noexcept {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const int flags = fcntl(stream, F_GETFD);
    if (flags >= 0 && flags & FD_CLOEXEC) ::close(stream);
  }
  if (theirs.out) dup2(theirs.out.get(), STDOUT_FILENO);
  if (theirs.err) dup2(theirs.err.get(), STDERR_FILENO);
  const auto [in, out, control] = theirs.link.numbers();
  int next = first_given_fd;
  for (int fd : {in, out, control}) dup2(fd, next++);
  closefrom(next);
}

void apply(const process_options& options) {
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  if (!options.working_directory.empty()) std::filesystem::current_path(options.working_directory);
}

/// Of the copy, on a thread that has no past.
int live_as_copy(const process_options& options, const child_ticket& ticket,
                 const system_core& before) noexcept {
  try {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    apply(options);
    std::vector<std::string> arguments = options.arguments;
    const std::vector<char*> argv = pointers_to(arguments);
    return live_as(ticket, static_cast<int>(arguments.size()), const_cast<char**>(argv.data()),
                   &before);
  } catch (...) {
    return report_uncaught(std::current_exception());
  }
}

[[noreturn]] void become_copy(const process_options& options, const child_ticket& ticket,
                              const plumbing::end& theirs, const system_core& before) noexcept {
  standstill::forget_all();
  forget_handlers();
  take_descriptors(theirs);
  prctl(PR_SET_NAME, program_invocation_short_name);  // not that of a worker
  int code = EXIT_FAILURE;
  std::thread life([&] { code = live_as_copy(options, ticket, before); });
  {
    const resting meanwhile;
    life.join();
  }
  flush_streams();
  _exit(code);
}

struct begun_closure {
  static address make(system_core& system) {
    const closure life = std::exchange(brought, {});
    if (!life.object) throw std::runtime_error("no closure has come along to this process");
    return life.begin(system, life.object);
  }
};

}  // namespace

spawn_request begin_closure() { return factory<begun_closure, std::tuple<>>::request(); }

born launch_fork(system_core& system, const process_options& options, child_ticket ticket,
                 const plumbing::end& theirs, const closure& life) {
  ticket.ends = {first_given_fd, first_given_fd + 1, first_given_fd + 2};
  const auto fork_all = [&] {
    const standstill all_rest(system, options.start_timeout.count());
    flush_streams();
    const pid_t made = ::fork();
    if (made == 0) {
      brought = life;
      become_copy(options, ticket, theirs, system);
    }
    if (made < 0) throw_errno(errno, "start_process: fork");
    return made;
  };
  born child(fork_all());
  set_limits(child.pid(), options.limits);
  return child;
}

}  // namespace troupe::detail
