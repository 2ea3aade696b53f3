// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <troupe/blocking.hpp>

#include "thread_set.hpp"

namespace troupe::detail {

/// Plain threads for functions that block: made when a call finds none that is idle, up to
/// system_options.blocking_threads; one ends after ten idle seconds. What finds no thread waits its
/// turn, `blocking_calls_max` of them at most. \thread any
class blocking_pool {
 public:
  explicit blocking_pool(system_core& system);

  /// \throws mailbox_full_error: too many wait; std::system_error: there is not even one thread
  void submit(std::shared_ptr<blocking_call> call);
  /// All actors have ended. Waits for what runs; at `deadline` (system clock, nanoseconds) says on
  /// stderr what has not returned and leaves its threads to themselves. \return false: it had to
  bool close(std::int64_t deadline) noexcept;

 private:
  struct state;
  static void work(state& s) noexcept;
  static void run_next(state& s, std::unique_lock<std::mutex>& hold) noexcept;

  std::shared_ptr<state> state_;  ///< threads that are left behind keep it
  thread_set threads_;
};

}  // namespace troupe::detail
