// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/joinable_queue.hpp>

namespace troupe::detail {

failure too_often_done(std::size_t items, std::size_t taken) {
  return {errc::misuse,
          "joinable_queue::task_done: called too often: " + std::to_string(items) +
              " said to be done, " + std::to_string(taken) + " taken and not yet done",
          {}};
}

unsigned checked_deliveries(unsigned deliveries) {
  if (deliveries == 0) {
    throw std::invalid_argument(
        "joinable_queue_options.deliveries is 0; an item is handed out at least once");
  }
  return deliveries;
}

std::string why_failed(const down& news, const actor_ref<>& whom) {
  return (news.name.empty() ? "the actor" : news.name) + " " + to_string(whom) +
         " ended before it was done: " + to_string(news.reason);
}

}  // namespace troupe::detail
