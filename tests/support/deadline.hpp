// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>

/// A test that hangs ends the program, by name, instead of waiting for somebody to look. Make it the
/// first variable of the test, so that it also watches over the ends of the others. It needs no thread: a
/// test may count those, or fork.
class deadline {
 public:
  explicit deadline(const char* test, std::chrono::seconds limit = std::chrono::seconds{60})
      : test_(test) {
    (void)handled;
    sigevent rings{};
    rings.sigev_notify = SIGEV_SIGNAL;
    rings.sigev_signo = number();
    rings.sigev_value.sival_ptr = this;
    if (timer_create(CLOCK_MONOTONIC, &rings, &timer_) != 0)
      throw std::system_error(errno, std::system_category(), "timer_create");
    itimerspec once{};
    once.it_value.tv_sec = limit.count();
    timer_settime(timer_, 0, &once, nullptr);
  }
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;
  ~deadline() { timer_delete(timer_); }

 private:
  static int number() noexcept { return SIGRTMIN + 7; }
  static void write_text(const char* text) noexcept {
    [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, text, std::strlen(text));
  }
  static void ring(int, siginfo_t* what, void*) noexcept {
    write_text("deadline: '");
    write_text(static_cast<deadline*>(what->si_value.sival_ptr)->test_);
    write_text("' hangs\n");
    _exit(99);
  }
  static bool handle() noexcept {
    struct sigaction ours{};
    ours.sa_sigaction = &ring;
    ours.sa_flags = SA_SIGINFO;
    return sigaction(number(), &ours, nullptr) == 0;
  }
  /// From before the first test: one of them compares dispositions.
  static inline const bool handled = handle();

  const char* test_;
  timer_t timer_{};
};
