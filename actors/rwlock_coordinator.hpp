// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor.hpp>
#include <troupe/detail/holdings.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <troupe/rwlock.hpp>

namespace troupe::detail {

/// The claims of those who read, or the one of who writes; and one line of all who wait. Who stands first in
/// it could not be let in when it came, or when last something changed.
class rwlock_coordinator
    : public actor<messages::rwlock_acquire, messages::rwlock_release, messages::rwlock_is_locked,
                   messages::rwlock_waiting, messages::rwlock_describe, messages::claim_returned,
                   messages::holdings_of, wait_expired, wait_withdrawn> {
 public:
  static constexpr bool gives_out = true;

  promise<lock_guard> on(const messages::rwlock_acquire& m);
  promise<void> on(const messages::rwlock_release& m);
  promise<void> on(const messages::claim_returned& m);

  bool on(messages::rwlock_is_locked) const { return !held_.empty(); }
  std::size_t on(messages::rwlock_waiting) const { return line_.size(); }
  std::string on(messages::rwlock_describe) const;
  holdings_report on(messages::holdings_of) const;

  void on(wait_expired news);
  void on(const wait_withdrawn& news);
  void on(const down& news);

 private:
  struct claimant {
    participant who;
    bool shared = false;
  };
  bool is_open_to(const claimant& one) const noexcept {
    return held_.empty() || (shared_ && one.shared);
  }
  void grant(promise<lock_guard> to, const claimant& one);
  void pass_on();
  static failure misuse(const char* what);

  bool shared_ = false;      ///< those who have it now only read
  bool abandoned_ = false;   ///< a writer has ended with it, and none has been told
  std::uint64_t fence_ = 0;  ///< of those who have it
  watch_list watched_{home()};
  holdings held_{home(), watched_};
  waiting_room<lock_guard, claimant> line_{home(), watched_};
};

}  // namespace troupe::detail
