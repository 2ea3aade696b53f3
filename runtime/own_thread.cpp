// SPDX-License-Identifier: BSD-3-Clause
#include "own_thread.hpp"

#include <climits>
#include <cstdint>
#include <memory>
#include <thread>
#include <troupe/detail/core.hpp>
#include <troupe/detail/standstill.hpp>
#include <troupe/detail/system_core.hpp>
#include <utility>

#include "thread_set.hpp"

namespace troupe::detail {

own_thread& own_thread::start(system_core& system) {
  auto made = std::make_shared<own_thread>();
  own_thread& here = *made;
  system.own_threads->start("troupe-actor", [kept = std::move(made)] { kept->run(); });
  return here;
}

// Both notify under the lock: this is gone once its thread has seen what is new.

void own_thread::wake(cell& c) noexcept {
  const std::scoped_lock hold{mutex_};
  ready_ = &c;
  changed_.notify_one();
}

void own_thread::end() noexcept {
  const std::scoped_lock hold{mutex_};
  over_ = true;
  changed_.notify_one();
}

cell* own_thread::wait() noexcept {
  std::unique_lock hold{mutex_};
  wait_at_rest(hold, changed_, [&] { return ready_ || over_; }, INT64_MAX);
  return std::exchange(ready_, nullptr);
}

void own_thread::run() noexcept {
  while (cell* c = wait()) {
    while (run_cell(*c) == turn::again) {
      rest_if_asked();
      std::this_thread::yield();
    }
    // Parked: the cell may belong to others already, and is not to be touched.
    rest_if_asked();
  }
}

}  // namespace troupe::detail
