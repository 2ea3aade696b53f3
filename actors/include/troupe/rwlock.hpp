// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/participant.hpp>
#include <troupe/detail/patience.hpp>
#include <troupe/holdings.hpp>
#include <troupe/lock_guard.hpp>

namespace troupe {

class actor_system;

namespace messages {
/// Answered with an empty guard when the time is up.
struct rwlock_acquire {
  using reply = lock_guard;
  bool shared = false;
  std::optional<std::chrono::nanoseconds> timeout;
  detail::participant as;
};
/// Releases the oldest guard of who asks, without it.
struct rwlock_release {
  detail::participant as;
};
struct rwlock_is_locked {
  using reply = bool;
};
struct rwlock_waiting {
  using reply = std::size_t;
};
struct rwlock_describe {
  using reply = std::string;
};
}  // namespace messages

/// What many may hold who only read, or one who writes. The handle is a value: copy it, keep it, send it to
/// any process. The lock itself is an actor; when that ends, every wait ends with `actor_down`. A
/// default-made handle refers to nothing.
///
///   const auto reading = co_await shelf.acquire_shared();  // guards: they release when they go
///   const auto writing = co_await shelf.acquire();
///
/// First come, first served: readers that stand next to each other go in together, and one that comes after a
/// writer waits until it has been. So neither kind starves the other.
///
/// Nobody waits for the dead: when a holder ends, the lock passes on. If that was a writer, who comes next is told
/// (`abandoned()`), be it readers, up to and including the next writer. A waiter that ends or gives up leaves the
/// line, and those it held up go on.
///
/// It is not recursive: who reads and acquires again waits behind a writer, which waits for it. An asker is an
/// actor; the plain threads of a process are one asker together. Each verb is an ask, as those of a lock.
/// \thread any   \cost of a verb: one question and one answer; of a release by the guard: one message
class rwlock : public detail::handle<messages::rwlock_acquire, messages::rwlock_release,
                                     messages::rwlock_is_locked, messages::rwlock_waiting,
                                     messages::rwlock_describe, messages::claim_returned,
                                     messages::holdings_of> {
 public:
  rwlock() = default;

  /// A new one, free. It lives as long as the system, or until its coordinator is stopped.
  static rwlock spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static rwlock spawn_owned();

  /// Waits until nobody else has it. \return a guard; its fence is higher than all before it
  ask_operation<messages::rwlock_acquire> acquire() const;
  /// \param timeout  longest wait, never shorter; 0: just tries   \return an empty guard: the time is up
  /// \throws std::invalid_argument if negative, or more than nanoseconds can count
  template <class Rep, class Period>
  ask_operation<messages::rwlock_acquire> acquire(
      std::chrono::duration<Rep, Period> timeout) const {
    return acquire_within(false, detail::checked_patience(timeout, "rwlock::acquire"));
  }
  /// \return an empty guard if somebody has it
  ask_operation<messages::rwlock_acquire> try_acquire() const;

  /// Waits until nobody writes, and no writer that came before waits. \return a guard; those who read at a
  /// time have one fence
  ask_operation<messages::rwlock_acquire> acquire_shared() const;
  /// As acquire(timeout).
  template <class Rep, class Period>
  ask_operation<messages::rwlock_acquire> acquire_shared(
      std::chrono::duration<Rep, Period> timeout) const {
    return acquire_within(true, detail::checked_patience(timeout, "rwlock::acquire_shared"));
  }
  /// \return an empty guard if somebody writes, or waits to
  ask_operation<messages::rwlock_acquire> try_acquire_shared() const;

  /// Releases without its guard, which holds nothing from then on, what who asks has had longest.
  /// \throws misuse_error if who asks does not hold it
  ask_operation<messages::rwlock_release> release() const;

  /// Whether anybody reads or writes.
  ask_operation<messages::rwlock_is_locked> locked() const;
  /// How many wait for it.
  ask_operation<messages::rwlock_waiting> waiting() const;
  /// Who holds it and who waits for it.
  ask_operation<messages::holdings_of> holdings() const;
  /// "rwlock: written", "rwlock: 2 readers", "rwlock: unlocked"; ", abandoned" if a writer has ended with it, and
  /// none has had it since.
  ask_operation<messages::rwlock_describe> describe() const;

 private:
  explicit rwlock(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}
  ask_operation<messages::rwlock_acquire> acquire_within(bool shared, detail::patience limit) const;
};

}  // namespace troupe
