// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <troupe/actor_system.hpp>
#include <troupe/detail/patience.hpp>
#include <troupe/detail/waiting_line.hpp>
#include <troupe/detail/watch_list.hpp>
#include <troupe/detail/withdrawal.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::detail {

/// A timer's message to the coordinator itself: the time of that waiter is up.
struct wait_expired {
  static constexpr bool local_only = true;
  std::uint32_t room = 0;
  std::uint64_t ticket = 0;
};

/// Also a message to the coordinator itself: that waiter has given up, since the deadline of its question
/// has passed, by a stop token, or because it waited for several things and another came first.
using wait_withdrawn = question_withdrawn_news;

/// Of one who waits at most so long, and whose question has perhaps a deadline of its own: what comes
/// first is told. \return an id for cancel_expiry; 0: neither
std::uint64_t start_expiry(cell& coordinator, const patience& timeout, wait_expired message,
                           const correlation& question);
void cancel_expiry(cell& coordinator, std::uint64_t timer) noexcept;
std::int64_t time_here(cell& coordinator) noexcept;  ///< nanoseconds of its system's clock

/// The questions that a coordinator has put off, first come first served, each with its asker
/// watched and perhaps a deadline. The coordinator takes waiters out and answers them: when it has
/// something to hand over, from on(wait_expired), on(wait_withdrawn) and on(down). It must do the last
/// three, or those who are gone stay in line. A coordinator with several rooms gives them different
/// numbers.
/// `Note` is what a waiter brought along: how many permits, the item to put …
/// \thread its coordinator only   \cost O(log waiters), but O(waiters) when an actor ends
template <class Reply, class Note = std::monostate>
class waiting_room final : public waiting_line {
 public:
  struct waiter {
    promise<Reply> answer;
    Note note;
    correlation question = {};
    std::uint64_t timer = 0;
    std::int64_t since = 0;
  };

  waiting_room(cell& coordinator, watch_list& watched, std::uint32_t number = 0) noexcept
      : coordinator_(coordinator), watched_(watched), number_(number) {}

  /// The asker waits at the end of the line. \return false: nobody asked (the message was told), so
  /// there is no one to wait and nothing has changed
  bool park(promise<Reply> answer, const patience& timeout, Note note = {}) {
    if (!answer) return false;
    enter(std::move(answer), timeout, std::move(note), question_here(coordinator_));
    return true;
  }
  /// One who has waited in another room of this coordinator goes on waiting in this one.
  void park_again(promise<Reply> answer, const correlation& question, Note note) {
    enter(std::move(answer), {}, std::move(note), question);
  }

  bool empty() const noexcept { return waiters_.empty(); }
  std::size_t size() const noexcept { return waiters_.size(); }
  std::size_t waiting() const noexcept override { return size(); }
  std::int64_t eldest_since() const noexcept override { return waiters_.begin()->second.since; }
  /// Calls `visit(waiter)` for each, in the order of arrival.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& entry : waiters_) visit(entry.second);
  }
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& entry : waiters_) visit(entry.second);
  }
  /// What the first in line brought along; there must be one.
  const Note& first_note() const noexcept { return waiters_.begin()->second.note; }

  /// The one who has waited longest; there must be one.
  waiter& first() noexcept { return waiters_.begin()->second; }
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

  /// The waiter that has given up, if it is still in this line. There is nothing left to answer.
  std::optional<waiter> take_withdrawn(const wait_withdrawn& news) {
    for (auto at = waiters_.begin(); at != waiters_.end(); ++at) {
      waiter& w = at->second;
      if (w.question.id != news.id || w.answer.asker().where() != news.asker) continue;
      w.answer.set_failure(timeout_failure());  // heard only where the deadline is noticed later
      return take(at);
    }
    return std::nullopt;
  }

  /// The one who has waited longest of those of whom `is(note)` says so.
  template <class Is>
  std::optional<waiter> take_first_if(Is is) {
    for (auto at = waiters_.begin(); at != waiters_.end(); ++at) {
      if (is(at->second.note)) return take(at);
    }
    return std::nullopt;
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

  void enter(promise<Reply> answer, const patience& timeout, Note note,
             const correlation& question) {
    watched_.add(answer.asker());
    hear_of_withdrawals(coordinator_);
    list_line(coordinator_, *this);
    const std::uint64_t ticket = ++last_ticket_;
    const std::uint64_t timer = start_expiry(coordinator_, timeout, {number_, ticket}, question);
    waiters_.emplace_hint(
        waiters_.end(), ticket,
        waiter{std::move(answer), std::move(note), question, timer, time_here(coordinator_)});
  }

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
