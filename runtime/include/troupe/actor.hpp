// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <troupe/actor_ref.hpp>
#include <troupe/ask.hpp>
#include <troupe/behavior.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/promise.hpp>
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

  /// Ends this actor once it has handled what is in its mailbox now.
  void stop() noexcept { detail::stop_self(*cell_); }

  /// For a handler that answers later: keep a copy, return it.
  template <class T>
  promise<T> make_promise() {
    return promise<T>(detail::current_question(*cell_));
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
