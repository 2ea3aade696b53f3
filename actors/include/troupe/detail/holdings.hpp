// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <troupe/detail/participant.hpp>
#include <troupe/detail/watch_list.hpp>
#include <troupe/holdings.hpp>
#include <vector>

namespace troupe::detail {

/// What a coordinator has given out and not got back, by the number of the claim, which rises. A
/// holder is watched from the grant on, so that the coordinator hears of its end, wherever the grant is
/// by then, and takes back what is left: take_ended(). \thread its coordinator only
class holdings {
 public:
  struct held {
    participant who;
    std::size_t amount = 1;
    std::int64_t since = 0;
  };

  holdings(cell& coordinator, watch_list& watched) noexcept
      : coordinator_(coordinator), watched_(watched) {}

  /// \return the number of the claim; never 0, never one that was before
  std::uint64_t add(const participant& who, std::size_t amount = 1);
  /// What was taken is held again, under its old number.
  void put_back(std::uint64_t number, held what);
  std::uint64_t next_number() noexcept { return ++last_number_; }

  /// \return nothing if that claim is settled already
  std::optional<held> take(std::uint64_t number);
  /// \return how much that actor, or the threads of that process, held when it ended
  std::size_t take_ended(const actor_ref<>& whom);
  using claims = std::vector<std::pair<std::uint64_t, held>>;
  /// So much of what `who` holds, or anybody if null, oldest first. \return how much there was
  std::size_t take_some(std::size_t amount, const participant* who);
  /// Oldest first.
  claims take_all_of(const participant& who);

  bool empty() const noexcept { return claims_.empty(); }
  std::size_t amount_of(const participant& who) const noexcept;
  std::size_t amount() const noexcept;
  /// The oldest claim and the newest; there must be one.
  const held& oldest() const noexcept { return claims_.begin()->second; }
  std::uint64_t newest() const noexcept { return claims_.rbegin()->first; }

  std::vector<holding> report() const;

 private:
  cell& coordinator_;
  watch_list& watched_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, held> claims_;
};

/// As a part of a report: one who holds or waits since then.
holding as_reported(cell& coordinator, const participant& who, std::size_t amount,
                    std::int64_t since);
/// The same of one who waits. \param w  a waiter of a waiting_room
template <class Waiter>
holding as_waiting(cell& coordinator, const participant& who, std::size_t amount, const Waiter& w) {
  holding all = as_reported(coordinator, who, amount, w.since);
  all.question = w.question.id;
  all.limited = w.timer != 0;
  return all;
}

}  // namespace troupe::detail
