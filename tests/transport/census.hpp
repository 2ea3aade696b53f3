// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

/// What this process has: open descriptors, children, zombies among them.
namespace census {

inline std::size_t descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n - 1;  // the one that reads the list
}

/// Of a process: 'S' sleeping, 'T' stopped, 'Z' zombie, …; 0: there is none.
inline char state_of(const std::filesystem::path& process, long& parent) {
  std::ifstream stat(process / "stat");
  std::string line;
  if (!std::getline(stat, line)) return 0;
  const auto end_of_name = line.rfind(')');
  char state = 0;
  if (end_of_name == std::string::npos ||
      std::sscanf(line.c_str() + end_of_name + 1, " %c %ld", &state, &parent) != 2) {
    return 0;
  }
  return state;
}
inline char state_of(long pid) {
  long parent = 0;
  return state_of("/proc/" + std::to_string(pid), parent);
}

/// How many in which state.
inline std::map<char, unsigned> children() {
  std::map<char, unsigned> by_state;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    long parent = 0;
    const char state = state_of(entry.path(), parent);
    if (state != 0 && parent == getpid()) ++by_state[state];
  }
  return by_state;
}

/// A live child of `parent` (ours) whose command has this name; 0: there is none.
inline pid_t child_named(const std::string& name, long parent = getpid()) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    long its_parent = 0;
    const char state = state_of(entry.path(), its_parent);
    if (state == 0 || state == 'Z' || its_parent != parent) continue;
    std::string command;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, command);
    if (command == name) return static_cast<pid_t>(std::stol(entry.path().filename()));
  }
  return 0;
}

}  // namespace census
