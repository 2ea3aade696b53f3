// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor.hpp>
#include <troupe/detail/holdings.hpp>
#include <troupe/detail/lock_protocol.hpp>
#include <troupe/detail/waiting_room.hpp>

#include "urgency_loan.hpp"

namespace troupe::detail {

enum class recursion : std::uint8_t { none, by_owner };

/// A lock: at most one participant has claims, one for each level. It is free when there are none left,
/// whoever brought that about, and then passes on at once; so as long as it is free nobody waits. As long as
/// an urgent actor waits, the turns of the one who holds it come first.
class lock_coordinator
    : public with_lock_messages<actor, wait_expired, wait_withdrawn, urgency_news> {
 public:
  static constexpr bool gives_out = true;

  explicit lock_coordinator(recursion how) noexcept : recursion_(how) {}

  promise<lock_guard> on(const messages::lock_acquire& m);
  promise<void> on(const messages::lock_release& m);
  promise<std::size_t> on(const messages::lock_release_all& m);
  promise<void> on(const messages::claim_returned& m);
  void on(messages::abandonment_unheard) { abandoned_ = true; }

  bool on(messages::lock_is_locked) const { return !held_.empty(); }
  std::optional<holding> on(messages::lock_owner) const;
  promise<std::size_t> on(const messages::lock_count& m);
  std::size_t on(messages::lock_waiting) const { return line_.size(); }
  std::string on(messages::lock_describe) const;
  holdings_report on(messages::holdings_of) const;

  promise<wait_result> on(const messages::condition_wait& m);
  promise<std::size_t> on(const messages::condition_notify& m);
  std::size_t on(messages::condition_waiting m) const;

  void on(wait_expired news);
  void on(const wait_withdrawn& news);
  void on(const urgency_news& news);
  void on(const down& news);

 private:
  /// One who has given up the lock to wait for a condition. Its claims keep their numbers, so that its
  /// guards hold again afterwards; if they go meanwhile, so does what they had claimed.
  struct sleeper {
    std::uint64_t condition = 0;
    participant who;
    holdings::claims levels;
    std::shared_ptr<open_question> question;
  };
  /// One who waits for the lock: to have it for the first time, or to have it back.
  struct claimant {
    participant who;
    std::optional<sleeper> woken;
    bool notified = false;
    bool urgent = false;
  };
  using sleepers = waiting_room<wait_result, sleeper>;
  using line = waiting_room<lock_guard, claimant>;

  bool is_open_to(const participant& who) const noexcept;
  void grant(promise<lock_guard> to, const participant& who);
  void settle_urgency();
  void give_back_to(sleeper& woken, bool notified);
  void pass_on();
  void wake(sleepers::waiter one, bool notified);
  std::size_t notify(std::uint64_t condition, std::size_t waiters_max);
  void left_the_line(const claimant& gone);
  bool drop_asleep(std::uint64_t number);
  failure misuse(const char* what) const;

  const recursion recursion_;
  bool abandoned_ = false;   ///< its last holder ended with it, and nobody has been told
  std::uint64_t fence_ = 0;  ///< of who has it
  watch_list watched_{home()};
  holdings held_{home(), watched_};
  line line_{home(), watched_, 0};
  sleepers asleep_{home(), watched_, 1};
  bool urgent_ = false;  ///< one who is urgent may be in line
  urgency_loan loan_{self()};
};

}  // namespace troupe::detail
