// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stop_token>
#include <troupe/detail/lock_verbs.hpp>
#include <troupe/stoppable_ask.hpp>
#include <troupe/task.hpp>

namespace troupe {

class actor_system;

/// Something that becomes true of what a lock protects, to wait for while the lock is free. It is a lock
/// besides: an rlock of its own, or the lock or rlock it is made on, which may have many conditions. The
/// handle is a value, like that of a lock.
///
///   auto held = co_await items.acquire();
///   co_await items.wait_for([&] { return count > 0; });
///
/// The lock must be held to wait and to notify; a wait gives it up, at all levels, and has it back before it
/// goes on. The guards stay good. Who is woken waits for the lock like all others.
///
/// Nobody waits for the dead: a waiter that ends is forgotten, and if it had been notified already, the next
/// is notified instead. A wait that ends in an error, since its deadline has passed or it was cancelled,
/// does not get the lock back.
/// \thread any   \cost of a verb: one question and one answer
class condition : public detail::lock_verbs {
 public:
  condition() = default;

  /// A new one, with an rlock of its own. It lives as long as the system, or until its coordinator is stopped.
  static condition spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static condition spawn_owned();
  /// A new one on this lock or rlock: holding either is holding both.
  static condition on(actor_system& system, const detail::lock_verbs& given);

  /// Waits until notified. \return true   \throws misuse_error if who asks does not hold the lock
  ask_operation<messages::condition_wait> wait() const;
  /// \param timeout  longest wait for a notification, never shorter; 0: lets others have the lock once
  /// \return false: the time was up   \throws std::invalid_argument if negative; misuse_error
  template <class Rep, class Period>
  ask_operation<messages::condition_wait> wait(std::chrono::duration<Rep, Period> timeout) const {
    return wait_within(detail::checked_patience(timeout, "condition::wait"));
  }
  /// \throws cancelled_error once the token is triggered: then the lock is not held any more
  stoppable_ask<messages::condition_wait> wait(std::stop_token enough) const;

  /// Waits until `holds()`, which is called with the lock held: at first, and after each notification.
  /// For actors; a plain thread takes `system.run()`, and acquires within it. \return true
  template <std::predicate Predicate>
  task<bool> wait_for(Predicate holds) const {
    const condition self = *this;
    while (!holds()) (void)co_await self.wait();
    co_return true;
  }
  /// \param timeout  longest wait over all   \return what `holds()` said last
  template <std::predicate Predicate, class Rep, class Period>
  task<bool> wait_for(Predicate holds, std::chrono::duration<Rep, Period> timeout) const {
    return wait_until(*this, std::move(holds),
                      *detail::checked_patience(timeout, "condition::wait_for"));
  }

  /// Wakes the `n` who have waited longest, or as many as there are. They go on one by one, once who
  /// notifies has released the lock. \return how many   \throws misuse_error if it does not hold it
  ask_operation<messages::condition_notify> notify(std::size_t n = 1) const;
  ask_operation<messages::condition_notify> notify_all() const;

  /// How many wait to be notified.
  ask_operation<messages::condition_waiting> sleeping() const;

  friend bool operator==(const condition& a, const condition& b) noexcept {
    return a.coordinator_ == b.coordinator_ && a.id_ == b.id_;
  }
  template <class Archive>
  void save(Archive& archive) const {
    lock_verbs::save(archive);
    archive(id_);
  }
  template <class Archive>
  void load(Archive& archive) {
    lock_verbs::load(archive);
    archive(id_);
  }

 private:
  condition(const coordinator_ref& coordinator, std::uint64_t id) noexcept
      : lock_verbs(coordinator), id_(id) {}
  ask_operation<messages::condition_wait> wait_within(detail::patience limit) const;
  /// One deadline, however often it is woken.
  template <class Predicate>
  static task<bool> wait_until(condition self, Predicate holds, std::chrono::nanoseconds timeout) {
    const std::int64_t end = detail::later(detail::time_here(), timeout.count());
    while (!holds()) {
      const std::chrono::nanoseconds left{end - detail::time_here()};
      if (left.count() <= 0 || !co_await self.wait(left)) co_return holds();
    }
    co_return true;
  }

  std::uint64_t id_ = 0;
};

}  // namespace troupe
