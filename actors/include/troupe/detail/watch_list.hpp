// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <troupe/actor_ref.hpp>
#include <unordered_map>

namespace troupe::detail {

/// The actors whose end a coordinator hears of: each watched once, however often it is added, and
/// until it ends. Parties come back round after round; an entry that stays costs them nothing more,
/// and there are never more entries than living actors. \thread its coordinator only
class watch_list {
 public:
  explicit watch_list(cell& coordinator) noexcept : coordinator_(coordinator) {}

  void add(const actor_ref<>& whom);  ///< nobody: nothing happens

  /// \return who has ended, as it was added; nothing if this list did not ask for that news
  std::optional<actor_ref<>> take(const down& news);

  std::size_t size() const noexcept { return by_monitor_.size(); }

 private:
  cell& coordinator_;
  std::unordered_map<actor_ref<>, std::uint64_t> by_ref_;
  std::unordered_map<std::uint64_t, actor_ref<>> by_monitor_;
};

}  // namespace troupe::detail
