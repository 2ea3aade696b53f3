// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/detail/core.hpp>
#include <troupe/detail/holdings.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

std::uint64_t holdings::add(const participant& who, std::size_t amount) {
  watched_.add(who.actor);
  const std::uint64_t number = next_number();
  claims_.emplace_hint(claims_.end(), number, held{who, amount, time_here(coordinator_)});
  return number;
}

void holdings::put_back(std::uint64_t number, held what) {
  watched_.add(what.who.actor);
  what.since = time_here(coordinator_);
  claims_.emplace(number, what);
}

std::optional<holdings::held> holdings::take(std::uint64_t number) {
  const auto found = claims_.find(number);
  if (found == claims_.end()) return std::nullopt;
  const held what = found->second;
  claims_.erase(found);
  return what;
}

std::size_t holdings::take_ended(const actor_ref<>& whom) {
  std::size_t amount = 0;
  std::erase_if(claims_, [&](const auto& claim) {
    if (claim.second.who.actor != whom) return false;
    amount += claim.second.amount;
    return true;
  });
  return amount;
}

std::size_t holdings::take_some(std::size_t amount, const participant* who) {
  std::size_t left = amount;
  for (auto at = claims_.begin(); left != 0 && at != claims_.end();) {
    held& what = at->second;
    if (who && what.who != *who) {
      ++at;
      continue;
    }
    const std::size_t part = std::min(left, what.amount);
    what.amount -= part;
    left -= part;
    at = what.amount == 0 ? claims_.erase(at) : std::next(at);
  }
  return amount - left;
}

holdings::claims holdings::take_all_of(const participant& who) {
  claims taken;
  std::erase_if(claims_, [&](const auto& claim) {
    if (claim.second.who != who) return false;
    taken.push_back(claim);
    return true;
  });
  return taken;
}

std::size_t holdings::amount_of(const participant& who) const noexcept {
  std::size_t amount = 0;
  for (const auto& [number, what] : claims_) amount += what.who == who ? what.amount : 0;
  return amount;
}

std::size_t holdings::amount() const noexcept {
  std::size_t amount = 0;
  for (const auto& [number, what] : claims_) amount += what.amount;
  return amount;
}

std::vector<holding> holdings::report() const {
  std::vector<holding> all;
  all.reserve(claims_.size());
  for (const auto& [number, what] : claims_)
    all.push_back(as_reported(coordinator_, what.who, what.amount, what.since));
  return all;
}

holding as_reported(cell& coordinator, const participant& who, std::size_t amount,
                    std::int64_t since) {
  return {.who = who.actor,
          .by_thread = who.thread,
          .amount = amount,
          .age = std::chrono::nanoseconds{time_here(coordinator) - since},
          .since = std::chrono::nanoseconds{since}};
}

}  // namespace troupe::detail
