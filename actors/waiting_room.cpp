// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <string>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

std::uint64_t start_expiry(cell& coordinator, std::chrono::nanoseconds delay,
                           wait_expired message) {
  const auto self = actor_ref<wait_expired>::at(coordinator.self());
  return handle_of(coordinator).tell_after(delay, self, message);
}

void cancel_expiry(cell& coordinator, std::uint64_t timer) noexcept {
  handle_of(coordinator).cancel(timer);
}

patience checked_patience(std::chrono::nanoseconds timeout, const char* verb) {
  if (timeout < std::chrono::nanoseconds{}) {
    throw std::invalid_argument(std::string(verb) + ": timeout is negative");
  }
  return timeout;
}

}  // namespace troupe::detail
