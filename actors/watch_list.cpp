// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/core.hpp>
#include <troupe/detail/watch_list.hpp>

namespace troupe::detail {

void watch_list::add(const actor_ref<>& whom) {
  if (!whom || by_ref_.contains(whom)) return;
  const std::uint64_t monitor = start_monitor(coordinator_, whom.where());
  by_ref_.emplace(whom, monitor);
  by_monitor_.emplace(monitor, whom);
}

std::optional<actor_ref<>> watch_list::take(const down& news) {
  const auto found = by_monitor_.find(news.monitor);
  if (found == by_monitor_.end()) return std::nullopt;
  const actor_ref<> whom = found->second;
  by_monitor_.erase(found);
  by_ref_.erase(whom);
  return whom;
}

}  // namespace troupe::detail
