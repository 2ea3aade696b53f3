// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/pledge_holders.hpp>
#include <troupe/pledge.hpp>

namespace troupe::detail {

static_assert(encodable<future<int>> && encodable<pledge<void>>, "a handle travels in messages");

void pledge_holders::add(const actor_ref<>& who) {
  if (!who || !holders_.insert(who).second) return;
  watched_.add(who);
}

bool pledge_holders::was_last(const actor_ref<>& who) {
  return holders_.erase(who) != 0 && holders_.empty();
}

failure broken_by(const down& news, const actor_ref<>& whom) {
  return {errc::broken_promise,
          "the pledge is broken: " + (news.name.empty() ? "the actor" : news.name) + " " +
              to_string(whom) + " held it, and ended: " + to_string(news.reason),
          news.reason};
}

std::string describe_future(bool ready, const failure* why, std::size_t waiting) {
  if (why) return "future: failed: " + why->text;
  if (ready) return "future: has come";
  return "future: " + std::to_string(waiting) + " waiting";
}

}  // namespace troupe::detail
