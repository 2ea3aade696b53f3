// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::detail {

/// Threads that come and go, beside the workers. One that has returned is joined by the next call of
/// anything here; none is ever forgotten but by leave_running(). \thread any
class thread_set {
 public:
  /// Runs `body` in a new thread, which takes no signals that are meant for the program.
  /// \param name  for people: at most 15 characters   \throws std::system_error: there are too many
  void start(const char* name, std::function<void()> body);
  /// Waits for all of them. Nothing may be started meanwhile.
  void join_all() noexcept;
  /// Those that have not returned go on by themselves: nothing here may belong to them any more.
  void leave_running() noexcept;

 private:
  /// Threads that are left behind keep it.
  struct members {
    std::mutex mutex;
    std::map<std::uint64_t, std::thread> all;
    std::vector<std::uint64_t> returned;  ///< of those; has room for all
    std::uint64_t last_key = 0;
  };
  static void join_returned(members& m) noexcept;

  std::shared_ptr<members> members_ = std::make_shared<members>();
};

}  // namespace troupe::detail
