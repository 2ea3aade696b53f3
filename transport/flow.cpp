// SPDX-License-Identifier: BSD-3-Clause
#include "flow.hpp"

#include <algorithm>

namespace troupe::detail {

flow* flow_book::find(const flow_key& whose) noexcept {
  if (last_ && last_->whose == whose) return last_;
  const auto found = flows_.find(whose);
  return found == flows_.end() ? nullptr : &found->second;
}

void flow_book::forget(flow& f) noexcept {
  if (last_ == &f) last_ = nullptr;
  flows_.erase(flow_key(f.whose));
}

void flow_book::forget_all(std::uint32_t gateway) noexcept {
  last_ = nullptr;
  std::erase_if(flows_, [&](const auto& each) {
    if (each.first.gateway != gateway) return false;
    total_ -= each.second.in_flight();
    return true;
  });
}

void flow_book::clear() noexcept {
  flows_.clear();
  last_ = nullptr;
  total_ = 0;
}

bool flow_book::note_handled(flow& f, std::uint64_t so_far) noexcept {
  if (so_far > f.marked || so_far <= f.handled) return false;
  total_ -= so_far - f.handled;
  f.handled = so_far;
  return true;
}

bool receipt_box::add(const flow_key& whose, std::uint64_t so_far) {
  const std::scoped_lock hold{mutex_};
  const auto same =
      std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.first == whose; });
  if (same == all_.end()) {
    all_.emplace_back(whose, so_far);
  } else {
    same->second = std::max(same->second, so_far);
  }
  is_filled_.store(true, std::memory_order_relaxed);
  return std::exchange(is_wanted_, false);
}

receipt_box::receipts receipt_box::take_all() noexcept {
  const std::scoped_lock hold{mutex_};
  is_filled_.store(false, std::memory_order_relaxed);
  return std::exchange(all_, {});
}

bool receipt_box::await_next() noexcept {
  const std::scoped_lock hold{mutex_};
  is_wanted_ = all_.empty();
  return is_wanted_;
}

bool held_room::is_closed(const flow_key& whose) const noexcept {
  const std::scoped_lock hold{mutex_};
  return closed_.contains(whose);
}

bool held_room::has_room(const flow_key& whose) const noexcept {
  const std::scoped_lock hold{mutex_};
  const auto found = closed_.find(whose);
  if (found == closed_.end()) return true;
  return total_ < held_bytes_max && found->second < held_bytes_max - total_;
}

bool held_room::count_if_closed(const flow_key& whose, std::size_t bytes) noexcept {
  const std::scoped_lock hold{mutex_};
  const auto found = closed_.find(whose);
  if (found == closed_.end()) return false;
  found->second += bytes;
  total_ += bytes;
  return true;
}

void held_room::count(const flow_key& whose, std::size_t bytes) {
  const std::scoped_lock hold{mutex_};
  closed_[whose] += bytes;
  total_ += bytes;
}

void held_room::give_back(const flow_key& whose, std::size_t bytes) noexcept {
  const std::scoped_lock hold{mutex_};
  const auto found = closed_.find(whose);
  if (found == closed_.end()) return;
  bytes = std::min(bytes, found->second);  // it may have been open when this was counted
  found->second -= bytes;
  total_ -= bytes;
}

void held_room::open(const flow_key& whose) noexcept {
  const std::scoped_lock hold{mutex_};
  const auto found = closed_.find(whose);
  if (found == closed_.end()) return;
  total_ -= found->second;
  closed_.erase(found);
}

void held_room::open_all() noexcept {
  const std::scoped_lock hold{mutex_};
  closed_.clear();
  total_ = 0;
}

bool held_room::is_all_open() const noexcept {
  const std::scoped_lock hold{mutex_};
  return closed_.empty();
}

}  // namespace troupe::detail
