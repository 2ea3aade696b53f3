// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/owner.hpp>
#include <troupe/lock.hpp>

#include "lock_coordinator.hpp"

namespace troupe {

static_assert(encodable<lock>, "a handle travels in messages");

lock lock::spawn(actor_system& system) {
  return lock(system.spawn<detail::lock_coordinator>(detail::recursion::none));
}
lock lock::spawn_owned() {
  detail::cell& owner = detail::owner_here("lock::spawn_owned");
  return lock(detail::spawn_class<detail::lock_coordinator>(*owner.system.load(), &owner,
                                                            detail::recursion::none));
}

}  // namespace troupe
