// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <troupe/detail/owner.hpp>
#include <troupe/future.hpp>

namespace troupe {

/// The promise of a T, which travels: `auto p = pledge<int>::spawn_owned(); worker.tell(job{p}); co_await
/// p.get_future().wait();`. It is kept by set_value() or set_exception(), the first of which counts. (A
/// `promise<T>` is another thing: the answer that a handler owes.)
///
/// It is held by its owner, if spawn_owned() has made it, and by those of whom held_by() says so. When the last
/// of these ends before the pledge is kept, by a crash or in peace, the pledge is broken. What nobody has
/// ever held is not broken. A handle alone, as a message has it, holds nothing.
///
/// Each verb is an ask, as those of a future. \thread any
template <class T>
class pledge : public detail::pledge_handle<T> {
 public:
  pledge() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  static pledge spawn(actor_system& system) {
    return pledge(system.spawn<detail::future_coordinator<T>>(actor_ref<>{}));
  }
  /// The same, held by the actor that calls. It outlives that actor, to say that it is broken.
  /// \throws misuse_error outside actors
  static pledge spawn_owned() {
    detail::cell& owner = detail::owner_here("pledge::spawn_owned");
    return pledge(detail::spawn_class<detail::future_coordinator<T>>(
        *owner.system.load(), nullptr, actor_ref<>::at(owner.self())));
  }

  future<T> get_future() const noexcept { return future<T>(this->coordinator_); }

  /// \return false: it had been kept, or was broken
  template <class... Value>
  auto set_value(Value&&... value) const {
    static_assert(sizeof...(Value) == (std::is_void_v<T> ? 0 : 1));
    return this->coordinator_.ask(
        messages::pledge_set_value<T>{detail::kept_of<T>(std::forward<Value>(value)...)});
  }
  /// Who waits gets a handler_error with type and text of that exception. \return false: as set_value
  auto set_exception(std::exception_ptr error) const {
    return this->coordinator_.ask(
        messages::pledge_set_failure{detail::failure_of(std::move(error))});
  }
  template <std::derived_from<std::exception> Error>
  auto set_exception(Error error) const {
    return set_exception(std::make_exception_ptr(std::move(error)));
  }

  /// Once it is answered, `who` holds it too; whoever hands it on may end then.
  /// \throws misuse_error if that is nobody
  template <class... Ms>
  auto held_by(const actor_ref<Ms...>& who) const {
    return this->coordinator_.ask(messages::pledge_hold{who});
  }

 private:
  explicit pledge(const typename pledge::coordinator_ref& coordinator) noexcept
      : detail::pledge_handle<T>(coordinator) {}
};

}  // namespace troupe
