// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <troupe/actor.hpp>
#include <troupe/detail/holdings.hpp>
#include <troupe/detail/semaphore_verbs.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

enum class bound : std::uint8_t { none, initial };

/// Permits that can be acquired, of which some are back because their holder has ended: these are handed
/// out first, so that it is told, and settle the releases that the dead owed.
class semaphore_coordinator : public with_semaphore_messages<actor, wait_expired, wait_withdrawn> {
 public:
  static constexpr bool gives_out = true;

  /// \throws std::invalid_argument if negative
  semaphore_coordinator(std::ptrdiff_t value, bound limit);

  promise<permits> on(const messages::semaphore_acquire& m);
  promise<void> on(const messages::semaphore_release& m);
  promise<void> on(const messages::claim_returned& m);
  promise<void> on(const messages::claim_kept& m);

  std::size_t on(messages::semaphore_value) const { return value(); }
  std::size_t on(messages::semaphore_waiting) const { return line_.size(); }
  std::string on(messages::semaphore_describe) const;
  holdings_report on(messages::holdings_of) const;

  void on(wait_expired news);
  void on(const wait_withdrawn& news);
  void on(const down& news);

 private:
  struct claimant {
    participant who;
    std::size_t amount = 0;
  };
  std::size_t value() const noexcept { return free_ + abandoned_; }
  bool is_bounded() const noexcept { return bound_ == bound::initial; }
  void grant(promise<permits> to, const claimant& one);
  void pass_on();
  failure misuse(std::string what) const;

  const std::size_t initial_;
  const bound bound_;
  std::size_t free_ = initial_;
  std::size_t abandoned_ = 0;
  watch_list watched_{home()};
  holdings held_{home(), watched_};
  waiting_room<permits, claimant> line_{home(), watched_};
};

}  // namespace troupe::detail
