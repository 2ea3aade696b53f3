// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/lock_protocol.hpp>
#include <troupe/detail/patience.hpp>

namespace troupe::detail {

/// The verbs that everything which is a lock has. An asker is an actor; the plain threads of a process are
/// one asker together, as are all that take part in one `system.run()`.
class lock_verbs : public with_lock_messages<handle> {
 public:
  lock_verbs() = default;

  /// Waits for the lock, first come first served. \return a guard that holds it
  ask_operation<messages::lock_acquire> acquire() const;
  /// \param timeout  longest wait, never shorter; 0: just tries   \return an empty guard: the time is up
  /// \throws std::invalid_argument if negative, or more than nanoseconds can count
  template <class Rep, class Period>
  ask_operation<messages::lock_acquire> acquire(std::chrono::duration<Rep, Period> timeout) const {
    return acquire_within(checked_patience(timeout, "acquire"));
  }
  /// \return an empty guard if somebody else has it
  ask_operation<messages::lock_acquire> try_acquire() const;

  /// Releases it without its guard, which from then on holds nothing. If its holder has ended and nobody
  /// has had it since, this settles that, once. \throws misuse_error if nobody holds it
  ask_operation<messages::lock_release> release() const;

  /// Releases all levels that who asks holds. \return how many   \throws misuse_error if none
  ask_operation<messages::lock_release_all> release_all() const;

  ask_operation<messages::lock_is_locked> locked() const;
  /// Who holds it, and for how long; nothing: it is free.
  ask_operation<messages::lock_owner> owner() const;
  /// How many wait for it.
  ask_operation<messages::lock_waiting> waiting() const;
  /// Who holds it and who waits for it.
  ask_operation<messages::holdings_of> holdings() const;
  /// "lock: locked", "lock: unlocked"; ", abandoned" if its holder has ended and nobody has had it since.
  ask_operation<messages::lock_describe> describe() const;

 protected:
  explicit lock_verbs(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}

 private:
  ask_operation<messages::lock_acquire> acquire_within(patience limit) const;
};

}  // namespace troupe::detail
