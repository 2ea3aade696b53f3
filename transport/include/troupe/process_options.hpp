// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <troupe/process_output.hpp>
#include <vector>

/// What can be said about a process before it is started.
namespace troupe {

enum class start_method : std::uint8_t {
  spawn,  ///< the program is started again from its beginning, by posix_spawn
  /// A template, started once by *spawn*, hands out copies of itself: quick, and the same to the child.
  forkserver,
  /// A copy of this process as it is: with its memory, and so with closures; but with none of its threads and
  /// descriptors, and nothing that was made before ends there. All threads of the program stand still for a
  /// moment; when one cannot be made to, the start is refused and says which. What another thread
  /// has locked stays locked in the copy, which ends without what `main` does after troupe::run.
  fork,
};

/// What the process may use at most (see setrlimit); what is not named stays as it is with us.
struct process_limits {
  std::optional<std::uint64_t> memory_bytes = {};  ///< of address space
  std::optional<std::chrono::seconds> cpu = {};    ///< then SIGXCPU ends it
  std::optional<std::uint64_t> open_files = {};    ///< descriptors; it needs about 16 of its own
  std::optional<std::uint64_t> file_bytes = {};    ///< of any file it writes
  std::optional<std::uint64_t> core_bytes = {};    ///< of the dump it leaves when it crashes
  std::optional<std::uint64_t> stack_bytes = {};   ///< of each thread that is made later
};

struct process_options {
  std::string name = {};                    ///< in refs and reports; default: "process-N"
  unsigned workers = 1;                     ///< threads that run actors in it
  std::optional<start_method> method = {};  ///< default: actor_system::default_start_method()
  /// Ended at our normal end, where others are waited for; may have no children of its own.
  bool daemon = false;
  /// Default: this program. It must call troupe::run in its main. Only for *spawn*, which is then the default.
  std::filesystem::path program = {};
  std::vector<std::string> arguments = {};              ///< argv; default: those of this process
  std::map<std::string, std::string> environment = {};  ///< added to ours
  std::filesystem::path working_directory = {};         ///< default: ours
  process_limits limits = {};
  process_output out = {};                                           ///< where its stdout goes
  process_output err = {};                                           ///< and its stderr
  std::chrono::nanoseconds start_timeout = std::chrono::seconds{5};  ///< for its first sign of life
};

}  // namespace troupe
