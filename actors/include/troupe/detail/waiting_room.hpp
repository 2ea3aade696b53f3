// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <troupe/actor_system.hpp>
#include <troupe/detail/watch_list.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::detail {

/// How long a waiter waits at most; nothing: as long as it takes.
using patience = std::optional<std::chrono::nanoseconds>;

/// A timer's message to the coordinator itself: the time of that waiter is up.
struct wait_expired {
  static constexpr bool local_only = true;
  std::uint32_t room = 0;
  std::uint64_t ticket = 0;
};

/// \return an id for cancel_expiry; never 0
std::uint64_t start_expiry(cell& coordinator, std::chrono::nanoseconds delay, wait_expired message);
void cancel_expiry(cell& coordinator, std::uint64_t timer) noexcept;
/// \throws std::invalid_argument naming `verb`, if negative
patience checked_patience(std::chrono::nanoseconds timeout, const char* verb);

/// The questions that a coordinator has put off, first come first served, each with its asker
/// watched and perhaps a deadline. The coordinator takes waiters out and answers them: when it has
/// something to hand over, from on(wait_expired) and from on(down). It must do the last two, or the
/// dead stay in line. A coordinator with several rooms gives them different numbers.
/// `Note` is what a waiter brought along: how many permits, the item to put …
/// \thread its coordinator only   \cost O(log waiters), but O(waiters) when an actor ends
template <class Reply, class Note = std::monostate>
class waiting_room {
 public:
  struct waiter {
    promise<Reply> answer;
    Note note;
    std::uint64_t timer = 0;
  };

  waiting_room(cell& coordinator, watch_list& watched, std::uint32_t number = 0) noexcept
      : coordinator_(coordinator), watched_(watched), number_(number) {}

  /// The asker waits at the end of the line. \return false: nobody asked (the message was told), so
  /// there is no one to wait and nothing has changed
  bool park(promise<Reply> answer, const patience& timeout, Note note = {}) {
    if (!answer) return false;
    watched_.add(answer.asker());
    const std::uint64_t ticket = ++last_ticket_;
    const std::uint64_t timer =
        timeout ? start_expiry(coordinator_, *timeout, {number_, ticket}) : 0;
    waiters_.emplace_hint(waiters_.end(), ticket,
                          waiter{std::move(answer), std::move(note), timer});
    return true;
  }

  bool empty() const noexcept { return waiters_.empty(); }
  std::size_t size() const noexcept { return waiters_.size(); }
  /// What the first in line brought along; there must be one.
  const Note& first_note() const noexcept { return waiters_.begin()->second.note; }

  /// The one who has waited longest; there must be one.
  waiter take_first() { return take(waiters_.begin()); }

  /// Everybody, in the order of arrival.
  std::vector<waiter> take_all() {
    std::vector<waiter> all;
    all.reserve(waiters_.size());
    while (!waiters_.empty()) all.push_back(take_first());
    return all;
  }

  /// The waiter whose time is up, if it is still in this line.
  std::optional<waiter> take_expired(const wait_expired& news) {
    if (news.room != number_) return std::nullopt;
    const auto found = waiters_.find(news.ticket);
    if (found == waiters_.end()) return std::nullopt;
    return take(found);
  }

  /// The questions of an actor that has ended; nobody hears an answer to them.
  std::vector<waiter> take_ended(const actor_ref<>& whom) {
    std::vector<waiter> gone;
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      const auto present = at++;
      if (present->second.answer.asker() == whom) gone.push_back(take(present));
    }
    return gone;
  }

 private:
  using line = std::map<std::uint64_t, waiter>;  // by ticket: the order of arrival

  waiter take(typename line::iterator at) {
    waiter taken = std::move(at->second);
    waiters_.erase(at);
    if (taken.timer != 0) cancel_expiry(coordinator_, taken.timer);
    return taken;
  }

  cell& coordinator_;
  watch_list& watched_;
  std::uint32_t number_;
  std::uint64_t last_ticket_ = 0;
  line waiters_;
};

}  // namespace troupe::detail
