// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/condition.hpp>
#include <troupe/detail/owner.hpp>

#include "lock_coordinator.hpp"

namespace troupe {

static_assert(encodable<condition>, "a handle travels in messages");

condition condition::spawn(actor_system& system) {
  return {system.spawn<detail::lock_coordinator>(detail::recursion::by_owner), 0};
}
condition condition::spawn_owned() {
  detail::cell& owner = detail::owner_here("condition::spawn_owned");
  return {detail::spawn_class<detail::lock_coordinator>(*owner.system.load(), &owner,
                                                        detail::recursion::by_owner),
          0};
}
condition condition::on(actor_system& system, const detail::lock_verbs& given) {
  return {given.coordinator(), system.random()};
}

ask_operation<messages::condition_wait> condition::wait_within(detail::patience limit) const {
  return coordinator_.ask(messages::condition_wait{id_, limit, detail::participant_here()});
}

ask_operation<messages::condition_wait> condition::wait() const { return wait_within({}); }

stoppable_ask<messages::condition_wait> condition::wait(std::stop_token enough) const {
  return coordinator_.ask(messages::condition_wait{id_, {}, detail::participant_here()},
                          std::move(enough));
}

ask_operation<messages::condition_notify> condition::notify(std::size_t n) const {
  return coordinator_.ask(messages::condition_notify{id_, n, detail::participant_here()});
}

ask_operation<messages::condition_waiting> condition::sleeping() const {
  return coordinator_.ask(messages::condition_waiting{id_});
}

ask_operation<messages::condition_notify> condition::notify_all() const { return notify(SIZE_MAX); }

}  // namespace troupe
