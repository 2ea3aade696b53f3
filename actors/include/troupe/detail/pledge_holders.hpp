// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <troupe/detail/watch_list.hpp>
#include <troupe/error.hpp>
#include <unordered_set>

namespace troupe::detail {

/// The actors that may still keep a pledge. \thread its coordinator only
class pledge_holders {
 public:
  explicit pledge_holders(watch_list& watched) noexcept : watched_(watched) {}

  void add(const actor_ref<>& who);  ///< nobody: nothing happens
  /// That actor has ended. \return whether nobody is left who could keep it
  bool was_last(const actor_ref<>& who);

 private:
  watch_list& watched_;
  std::unordered_set<actor_ref<>> holders_;
};

failure broken_by(const down& news, const actor_ref<>& whom);
/// \param why  null: it has not failed
std::string describe_future(bool ready, const failure* why, std::size_t waiting);

}  // namespace troupe::detail
