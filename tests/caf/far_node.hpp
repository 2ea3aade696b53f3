// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <troupe/owned_fd.hpp>
#include <vector>

/// The program far_node, in a process of its own. Whatever has become of it, it is gone when this is.
class far_node {
 public:
  /// \param around  a command to start it with: `{"ip", "netns", "exec", "there"}`
  explicit far_node(std::vector<std::string> around = {}, std::vector<std::string> arguments = {}) {
    std::vector<std::string> words = std::move(around);
    words.emplace_back(TROUPE_FAR_NODE);
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::array<int, 2> to{}, from{};
    check(::pipe2(to.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
    input_ = troupe::owned_fd(to[1]);
    const troupe::owned_fd its_input(to[0]);
    check(::pipe2(from.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
    const troupe::owned_fd output(from[0]), its_output(from[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    const int failed = ::posix_spawnp(&pid_, raw[0], &actions, nullptr, raw.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    check(failed, raw[0]);
    std::string line;
    for (char c = 0; ::read(output.get(), &c, 1) == 1 && c != '\n';) line += c;
    port_ = static_cast<std::uint16_t>(std::strtoul(line.c_str(), nullptr, 10));
  }
  far_node(const far_node&) = delete;
  far_node& operator=(const far_node&) = delete;
  ~far_node() {
    ::kill(pid_, SIGKILL);  // a stopped one, too
    ::waitpid(pid_, nullptr, 0);
  }

  std::uint16_t port() const noexcept { return port_; }  ///< 0: it could not listen
  /// After SIGSTOP it stands still.
  void strike(int signal) const {
    ::kill(pid_, signal);
    if (signal == SIGSTOP) ::waitpid(pid_, nullptr, WUNTRACED);
  }

 private:
  static void check(int error, const char* what) {
    if (error != 0) throw std::system_error(error, std::system_category(), what);
  }

  troupe::owned_fd input_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};
