// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

/// A test that hangs ends the program, by name, instead of waiting for somebody to look. Make it the
/// first variable of the test, so that it also watches over the ends of the others.
class deadline {
 public:
  explicit deadline(const char* test, std::chrono::seconds limit = std::chrono::seconds{60})
      : watch_([this, test, limit] {
          std::unique_lock hold{mutex_};
          if (changed_.wait_for(hold, limit, [&] { return over_; })) return;
          std::fprintf(stderr, "deadline: '%s' hangs\n", test);
          std::_Exit(99);
        }) {}
  ~deadline() {
    {
      std::scoped_lock hold{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    watch_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread watch_;
};
