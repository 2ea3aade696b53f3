// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <stop_token>
#include <troupe/actor_ref.hpp>
#include <troupe/ask.hpp>
#include <troupe/behavior.hpp>
#include <troupe/delegated.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/match.hpp>
#include <troupe/promise.hpp>
#include <troupe/send.hpp>
#include <troupe/stoppable_ask.hpp>
#include <troupe/task.hpp>

namespace troupe {

/// What every class actor can do; use it through actor<Ms...>. \thread its own handlers only
class actor_base {
 public:
  actor_base(const actor_base&) = delete;
  actor_base& operator=(const actor_base&) = delete;

 protected:
  actor_base() noexcept : cell_(&detail::cell_being_opened()) {}
  ~actor_base() = default;

  actor_system& system() const noexcept { return detail::handle_of(*cell_); }

  /// Asks for one `down` when that actor ends (at once if it has); it comes to `void on(down)`.
  /// \return its id, for demonitor()
  template <class... Os>
  std::uint64_t monitor(const actor_ref<Os...>& whom) {
    return detail::start_monitor(*cell_, whom.where());
  }
  void demonitor(std::uint64_t id) noexcept { detail::stop_monitor(*cell_, id); }

  /// Ties two fates: when one of the two ends otherwise than normally, the other ends with the same
  /// reason, exactly once, also while it waits. A normal end leaves the other alone. Linking to an
  /// actor that is gone ends the caller with `never_existed`. There is no way to trap it: who wants
  /// to hear of an end and live takes monitor(). Linking twice is linking once.
  template <class... Os>
  void link(const actor_ref<Os...>& whom) {
    detail::start_link(*cell_, whom.where());
  }
  /// Once it returns, that actor's end does this one no harm any more.
  template <class... Os>
  void unlink(const actor_ref<Os...>& whom) noexcept {
    detail::stop_link(*cell_, whom.where());
  }

  /// Starts an actor that this one owns: it is stopped when this one ends.
  template <class A, class... Args>
  auto spawn(Args&&... args) {
    return detail::spawn_class<A>(*cell_->system.load(), cell_, std::forward<Args>(args)...);
  }
  template <auto Function, class... Args>
  auto spawn(Args&&... args) {
    return detail::spawn_function<Function>(*cell_->system.load(), cell_,
                                            std::forward<Args>(args)...);
  }

  /// Calls `void on(idle)` when no message has been handled for that long, and again each time it has
  /// passed; never while a handler waits. 0 ends it. \throws misuse_error if there is no on(idle)
  /// \cost a look at the clock for each message from then on, but no timer operation
  void set_idle_timeout(std::chrono::nanoseconds timeout) {
    detail::set_idle_timeout(*cell_, timeout.count());
  }

  /// Ends this actor once it has handled what is in its mailbox now.
  void stop() noexcept { detail::stop_self(*cell_); }

  /// For a handler that answers later: keep a copy, return it.
  template <class T>
  promise<T> make_promise() {
    return promise<T>(detail::current_question(*cell_));
  }

  /// In a handler that is a coroutine: a token that is triggered when nobody waits for its answer any
  /// more, because the asker has given up or ended or its deadline has passed; also when this actor
  /// ends. The handler is told, not destroyed: what it awaits goes on unless it is given the token too.
  /// In a handler that was told, and in one that is no coroutine, it is never triggered; there is
  /// promise::cancellation() for those that answer later. \cost nothing until it is called
  std::stop_token cancellation() { return detail::stop_token_here(*cell_); }

  /// For a handler that lets another actor answer: `return delegate(other, question{…});`. `other` is
  /// asked in the name of who asked here, within what is left of the deadline; if this was told,
  /// `other` is told. A withdrawal does not follow; the deadline does.
  template <class Value, class... Os>
  auto delegate(const actor_ref<Os...>& to, Value&& message) {
    return detail::delegate_current(*cell_, to, std::forward<Value>(message));
  }

  detail::cell& home() const noexcept { return *cell_; }

 private:
  detail::cell* cell_;
};

/// Base of class actors: `class account : public actor<deposit, balance>` accepts those two, each by
/// a public handler `on(M)` that returns
///   - nothing, or the reply of M; - task<reply>: it may wait (meanwhile the actor handles no other
///   message, unless it says `static constexpr bool reentrant = true;`); - promise<reply>: later.
/// `void on(down)` hears of the ends of monitored actors. One handler runs at a time, so members need
/// no lock. An exception that leaves a handler ends the actor; the asker and the monitors learn its text.
/// Not so a timeout_error or cancelled_error in a handler whose question is over itself (its deadline has
/// passed, its asker has given up): what a handler asks inherits the deadline, so this is no fault of its.
template <class... Ms>
class actor : public actor_base {
 public:
  using protocol_type = protocol<Ms...>;
  static_assert((message<Ms> && ...), "a message is a movable value, without const or reference");

 protected:
  actor() noexcept { (detail::ensure_registered<Ms>(), ...); }
  actor_ref<Ms...> self() const noexcept { return actor_ref<Ms...>::at(home().self()); }
};

}  // namespace troupe
