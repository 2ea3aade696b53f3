// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/cell.hpp>
#include <troupe/detail/subscriber_list.hpp>

namespace troupe::detail {

std::string objection_to_subscriber(const address& who, bool sharing, std::size_t present) {
  if (!who.home) return "topic::subscribe: the actor_ref refers to nobody";
  if (sharing && who.home->route != who.home) {
    return "topic::subscribe: an actor of another process cannot share a message in memory: "
           "subscribe it for the message itself";
  }
  if (present >= subscribers_max) {
    return "topic::subscribe: there are " + std::to_string(subscribers_max) +
           " subscribers already";
  }
  return {};
}

}  // namespace troupe::detail
