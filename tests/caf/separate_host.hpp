// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <future>
#include <string>
#include <thread>
#include <troupe/owned_fd.hpp>
#include <type_traits>
#include <utility>

/// A host of its own as the kernel sees it: a network namespace without a name, which is gone when this is and
/// everything that was started there. It needs the right to make one, and the program `ip`.
class separate_host {
 public:
  /// This program may make hosts, and cables between them.
  static bool may_be_made();

  /// \param number  another one for each host that shall reach it; they may be the same in other programs
  /// \throws std::system_error, std::runtime_error naming the command that failed
  explicit separate_host(int number);

  /// The same at all its cables.
  const std::string& address() const noexcept { return address_; }

  /// Runs `work` on a thread that is there, and with it the threads, processes and sockets that it makes.
  template <class Work>
  std::invoke_result_t<Work&> inside(Work work) const {
    std::packaged_task<std::invoke_result_t<Work&>()> task([&] {
      enter();
      return work();
    });
    auto result = task.get_future();
    std::thread(std::move(task)).join();
    return result.get();
  }
  /// \throws std::runtime_error naming it
  void run(const std::string& command) const;

 private:
  void enter() const;

  std::string address_;
  troupe::owned_fd namespace_;
};
