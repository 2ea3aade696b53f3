// SPDX-License-Identifier: BSD-3-Clause
#include "pool_crew.hpp"

#include <algorithm>
#include <cstdint>

namespace troupe::detail {

void pool_crew::hire(cell& coordinator, const pool_post& post, const parcel_of_calls& initializer) {
  pool_seat seat;
  seat.number = ++last_number_;
  seat.keeper = source_->hire(coordinator, post, seat.number, initializer);
  seat.monitor = start_monitor(coordinator, seat.keeper.where());
  seats_.emplace(seat.number, std::move(seat));
}

pool_seat* pool_crew::find(std::uint64_t number) {
  const auto found = seats_.find(number);
  return found == seats_.end() ? nullptr : &found->second;
}

std::optional<pool_seat> pool_crew::take(const down& news) {
  for (auto at = seats_.begin(); at != seats_.end(); ++at) {
    if (at->second.monitor != news.monitor) continue;
    pool_seat seat = std::move(at->second);
    seats_.erase(at);
    return seat;
  }
  return std::nullopt;
}

pool_seat* pool_crew::choose(bool quick) {
  pool_seat* second = nullptr;
  for (auto& [number, seat] : seats_) {
    if (seat.now != pool_seat::state::ready || room_of(seat) == 0) continue;
    if (seat.work.empty()) return &seat;
    // One assignment ahead hides the way to the worker and back, unless it would wait for long there.
    if (quick && !second && seat.work.size() == 1 && seat.work.front().expected != 0)
      second = &seat;
  }
  return second;
}

std::uint64_t pool_crew::room_of(const pool_seat& seat) const noexcept {
  return tasks_max_ == 0 ? UINT64_MAX : tasks_max_ - seat.given;
}

void pool_crew::rest(pool_seat& seat) {
  if (seat.work.empty() && room_of(seat) == 0) dismiss(seat, false);
}

void pool_crew::dismiss(pool_seat& seat, bool at_once) {
  if (seat.now == pool_seat::state::leaving && !at_once) return;
  seat.now = pool_seat::state::leaving;
  source_->dismiss(seat.keeper, at_once);
}

void pool_crew::dismiss_all(bool at_once) {
  for (auto& [number, seat] : seats_) dismiss(seat, at_once);
}

}  // namespace troupe::detail
