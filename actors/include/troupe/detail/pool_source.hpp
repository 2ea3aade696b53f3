// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <troupe/actor_system.hpp>
#include <troupe/detail/pool_messages.hpp>

namespace troupe::detail {

/// Where the workers of a pool come from. The coordinator knows no more of them than this.
class pool_source {
 public:
  virtual ~pool_source() = default;

  /// Begins to start one. It tells `pool_worker_ready` once it is, and then takes `pool_work`.
  /// \return who stands for it here, and ends when it does, for the same reason
  virtual actor_ref<> hire(cell& coordinator, const pool_post& post, std::uint64_t number,
                           const parcel_of_calls& initializer) = 0;
  /// Ends one. \param at_once  in the middle of its task; else it has none
  virtual void dismiss(const actor_ref<>& who, bool at_once) = 0;
  /// Its workers live in other processes.
  virtual bool is_apart() const noexcept = 0;
};

/// Threads of this process.
std::unique_ptr<pool_source> threads_as_workers();

/// A pool over this source; it begins to hire. \throws std::invalid_argument naming the option
with_pool_messages<actor_ref> spawn_pool(system_core& system, cell* owner, pool_options options,
                                         std::unique_ptr<pool_source> source);

}  // namespace troupe::detail
