// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <troupe/detail/watch_list.hpp>
#include <unordered_set>
#include <vector>

namespace troupe::detail {

/// Who uses which end of a pipe, so that the other end hears of it when they are gone. An actor that comes
/// to its end in peace may have handed its end on, so its process answers for it from then on; one that
/// fails or is killed, and a process that ends, leave the end to those who still use it, if there are any.
/// \thread its coordinator only
class pipe_users {
 public:
  explicit pipe_users(watch_list& watched) noexcept : watched_(watched) {}

  void add(std::uint32_t side, const actor_ref<>& who);
  /// \return the sides that nobody uses any more
  std::vector<std::uint32_t> take_ended(const actor_ref<>& who, bool in_peace);
  void forget(std::uint32_t side) { users_[side].clear(); }

 private:
  watch_list& watched_;
  std::array<std::unordered_set<actor_ref<>>, 2> users_;
};

}  // namespace troupe::detail
