// SPDX-License-Identifier: BSD-3-Clause
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "launch.hpp"

extern char** environ;

namespace troupe::detail {
namespace {

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
  spawn_arguments(const spawn_arguments&) = delete;
  spawn_arguments& operator=(const spawn_arguments&) = delete;

  void give(int fd, int as) {
    if (fd >= 0) posix_spawn_file_actions_adddup2(&actions, fd, as);
  }
};

}  // namespace

std::vector<std::string> environment_for(const process_options& options) {
  std::vector<std::string> all;
  const auto is_set_by_us = [&](std::string_view entry) {
    const std::string name(entry.substr(0, entry.find('=')));
    return name == ticket_variable || options.environment.contains(name);
  };
  for (char** entry = environ; *entry; ++entry) {
    if (!is_set_by_us(*entry)) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : options.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> all;
  all.reserve(strings.size() + 1);
  for (std::string& s : strings) all.push_back(s.data());
  all.push_back(nullptr);
  return all;
}

born spawn_program(const process_options& options, const std::string& variable,
                   const given_fds& given) {
  spawn_arguments how;
  how.give(given.out, STDOUT_FILENO);
  how.give(given.err, STDERR_FILENO);
  int next = first_given_fd;
  for (int fd : given.others) how.give(fd, next++);
  // Not even what the program itself has forgotten to mark.
  posix_spawn_file_actions_addclosefrom_np(&how.actions, next);
  // A relative path is meant from where we are, not from where the child goes.
  const std::string program = options.program.empty()
                                  ? "/proc/self/exe"
                                  : std::filesystem::absolute(options.program).string();
  std::string where = "start_process: cannot start '" + program + "'";
  if (!options.working_directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&how.actions, options.working_directory.c_str());
    where += " in '" + options.working_directory.string() + "'";
  }
  std::vector<std::string> arguments = options.arguments;
  if (arguments.empty()) arguments.push_back(program);
  std::vector<std::string> environment = environment_for(options);
  environment.push_back(variable);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &how.actions, &how.attributes,
                                pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0) throw_errno(error, where);
  return born(pid);
}

born launch_spawn(const process_options& options, child_ticket ticket,
                  const plumbing::end& theirs) {
  ticket.ends = {first_given_fd, first_given_fd + 1, first_given_fd + 2};
  const auto [in, out, control] = theirs.link.numbers();
  born child = spawn_program(options, std::string(ticket_variable) + "=" + write_ticket(ticket),
                             {{in, out, control}, theirs.out.get(), theirs.err.get()});
  set_limits(child.pid(), options.limits);
  return child;
}

}  // namespace troupe::detail
