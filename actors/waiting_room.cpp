// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/detail/core.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

std::uint64_t start_expiry(cell& coordinator, const patience& timeout, wait_expired message,
                           const correlation& question) {
  actor_system& system = handle_of(coordinator);
  const auto self = actor_ref<wait_expired, wait_withdrawn>::at(coordinator.self());
  if (question.deadline != 0) {
    const std::chrono::nanoseconds left{
        std::max<std::int64_t>(question.deadline - time_here(coordinator), 1)};
    if (!timeout || left <= *timeout)
      return system.tell_after(left, self, wait_withdrawn{question.from, question.id});
  }
  return timeout ? system.tell_after(*timeout, self, message) : 0;
}

void cancel_expiry(cell& coordinator, std::uint64_t timer) noexcept {
  handle_of(coordinator).cancel(timer);
}

std::int64_t time_here(cell& coordinator) noexcept {
  return now(*coordinator.system.load(std::memory_order_relaxed));
}

}  // namespace troupe::detail
