// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <mutex>
#include <troupe/detail/cell.hpp>

namespace troupe::detail {

/// Runs one actor in place of the workers, so that its handlers may block. Belongs to its thread, which
/// ends once the actor has; the cell points here as long as it has that tenant.
class own_thread {
 public:
  /// \return what `c` shall point to; its thread has begun to wait   \throws std::system_error
  static own_thread& start(system_core& system);

  /// The caller has been told to schedule `c`. \thread any
  void wake(cell& c) noexcept;
  /// There is no such tenant any more; nothing here may be touched afterwards. For the cell's consumer.
  void end() noexcept;

 private:
  void run() noexcept;
  cell* wait() noexcept;  ///< null: it is over

  std::mutex mutex_;
  std::condition_variable changed_;
  cell* ready_ = nullptr;
  bool over_ = false;
};

}  // namespace troupe::detail
