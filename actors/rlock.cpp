// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/owner.hpp>
#include <troupe/rlock.hpp>

#include "lock_coordinator.hpp"

namespace troupe {

static_assert(encodable<rlock>, "a handle travels in messages");

rlock rlock::spawn(actor_system& system) {
  return rlock(system.spawn<detail::lock_coordinator>(detail::recursion::by_owner));
}
rlock rlock::spawn_owned() {
  detail::cell& owner = detail::owner_here("rlock::spawn_owned");
  return rlock(detail::spawn_class<detail::lock_coordinator>(*owner.system.load(), &owner,
                                                             detail::recursion::by_owner));
}

ask_operation<messages::lock_count> rlock::count() const {
  return coordinator_.ask(messages::lock_count{detail::participant_here()});
}

}  // namespace troupe
