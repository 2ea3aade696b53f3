// SPDX-License-Identifier: BSD-3-Clause
// The floor of X6: a process is made, writes its pid to a pipe and is waited for, with nothing between
// it and the kernel. Forms: fork, and posix_spawn of this program.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bench/program.hpp>
#include <cstring>

extern char** environ;

namespace {

int hello(int door) {
  const pid_t me = getpid();
  return ::write(door, &me, sizeof me) == sizeof me ? 0 : 1;
}

pid_t start(bool by_fork, char* program, int door) {
  if (by_fork) {
    const pid_t pid = fork();
    if (pid == 0) _exit(hello(door));
    return pid;
  }
  pid_t pid = 0;
  char number[16];
  std::snprintf(number, sizeof number, "%d", door);
  char flag[] = "--hello";
  char* arguments[] = {program, flag, number, nullptr};
  return posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, arguments, environ) == 0 ? pid : -1;
}

bool one(bool by_fork, char* program) {
  int door[2];
  if (pipe(door) != 0) return false;
  const pid_t pid = start(by_fork, program, door[1]);
  close(door[1]);
  pid_t said = 0;
  const bool heard = read(door[0], &said, sizeof said) == sizeof said;
  close(door[0]);
  int status = 1;
  waitpid(pid, &status, 0);
  return heard && said == pid && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--hello") == 0) return hello(std::atoi(argv[2]));
  auto options = bench::parse(argc, argv, 200, {"fork", "spawn"});
  bench::latencies single(options.count);
  bool good = true;
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    auto begun = bench::clock::now();
    good = one(options.form == "fork", argv[0]) && good;
    single.add(bench::clock::now() - begun);
  }
  return bench::report(options.count, bench::seconds_since(start), good, &single);
}
