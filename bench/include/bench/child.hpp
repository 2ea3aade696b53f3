// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// A second process for the peers and floors, with blocking pipes both ways. Made before any thread:
// it forks.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline void write_all(int fd, const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    ssize_t n = ::write(fd, at, bytes);
    if (n < 0 && errno != EINTR) fail("write");
    if (n > 0) {
      at += n;
      bytes -= static_cast<std::size_t>(n);
    }
  }
}

inline void read_all(int fd, void* data, std::size_t bytes) {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    ssize_t n = ::read(fd, at, bytes);
    if (n == 0 || (n < 0 && errno != EINTR)) fail("read");
    if (n > 0) {
      at += n;
      bytes -= static_cast<std::size_t>(n);
    }
  }
}

/// The two descriptors a process talks to the other through.
struct pipe_ends {
  int in;
  int out;

  void tell(std::uint64_t word) const { write_all(out, &word, sizeof word); }
  std::uint64_t hear() const {
    std::uint64_t word = 0;
    read_all(in, &word, sizeof word);
    return word;
  }
};

/// A forked process that runs `body(pipe_ends)` and exits with what it returns.
class child {
 public:
  template <class Body>
  explicit child(Body body) {
    int down[2];
    int up[2];
    if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) fail("pipe2");
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
      ::close(down[1]);
      ::close(up[0]);
      // No exit handlers of the parent's libraries: they belong to the parent.
      ::_exit(body(pipe_ends{down[0], up[1]}));
    }
    ::close(down[0]);
    ::close(up[1]);
    ends_ = {up[0], down[1]};
  }

  const pipe_ends& ends() const { return ends_; }

  /// \return whether the child exited with 0; waiting also lets its processor time be counted
  bool join() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) fail("waitpid");
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = -1;
  pipe_ends ends_{-1, -1};
};

}  // namespace bench
