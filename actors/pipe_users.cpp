// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/pipe_users.hpp>
#include <troupe/detail/wire_address.hpp>

namespace troupe::detail {

void pipe_users::add(std::uint32_t side, const actor_ref<>& who) {
  if (!who || !users_[side].insert(who).second) return;
  watched_.add(who);
}

std::vector<std::uint32_t> pipe_users::take_ended(const actor_ref<>& who, bool in_peace) {
  std::vector<std::uint32_t> left;
  for (std::uint32_t side : {0u, 1u}) {
    if (users_[side].erase(who) == 0) continue;
    if (in_peace) {
      add(side, actor_ref<>::at(process_of(who.where())));
    } else if (users_[side].empty()) {
      left.push_back(side);
    }
  }
  return left;
}

}  // namespace troupe::detail
