// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <troupe/detail/keeper.hpp>
#include <troupe/type_name.hpp>

namespace troupe {

namespace detail::value_verbs {
template <class T>
T get(const T& kept) {
  return kept;
}
template <class T>
void set(T& kept, T next) noexcept {
  kept = std::move(next);
}
template <class T>
T exchange(T& kept, T next) noexcept {
  return std::exchange(kept, std::move(next));
}
template <class T>
bool compare_exchange(T& kept, const T& expected, T next) {
  if (!(kept == expected)) return false;
  kept = std::move(next);
  return true;
}
template <class T>
std::string describe(const T&) {
  return "value of " + std::string(type_name<T>());
}
}  // namespace detail::value_verbs

/// One T that several actors share, in whatever processes they are: a number, or a struct, of which the
/// members are then shared together. A value: copy it, keep it, send it to any process; what is shared is
/// kept by an actor, and when that ends, every verb ends with `actor_down`. A default-made handle refers
/// to nothing.
///
/// What is asked of it happens one after the other, each wholly or not at all; who dies leaves the old
/// value or the new one, never half. So `set(get() + 1)` of two can lose one of the two, and
/// `update<&add>(1)` cannot.
///
/// Each verb is an ask: `co_await v.get()` in an actor, `.get()` in a plain thread, `.result()` for the
/// outcome as a value. Nothing happens before one of these.
/// \tparam T  copyable, and movable without exceptions   \thread any   \cost of a verb: one question and
/// one answer, each with a copy of the T it carries
template <class T>
class value : public detail::kept_handle<T, T> {
  using base = detail::kept_handle<T, T>;

 public:
  value() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument naming the option
  static value spawn(actor_system& system, T initial = {}, const shared_options& options = {}) {
    return value(base::spawn_keeper(system, std::move(initial), options));
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static value spawn_owned(T initial = {}, const shared_options& options = {}) {
    return value(base::spawn_owned_keeper("value::spawn_owned", std::move(initial), options));
  }

  auto get() const { return this->template call<&detail::value_verbs::get<T>>(); }
  auto set(T next) const {
    return this->template call<&detail::value_verbs::set<T>>(std::move(next));
  }
  /// \return what it was before
  auto exchange(T next) const {
    return this->template call<&detail::value_verbs::exchange<T>>(std::move(next));
  }
  /// \return false: it was not what was expected, and has not changed
  auto compare_exchange(T expected, T next) const
    requires std::equality_comparable<T>
  {
    return this->template call_in_place<&detail::value_verbs::compare_exchange<T>>(
        std::move(expected), std::move(next));
  }

  /// Calls `Function(value, args…)` where the value is kept, with nothing else in between; the answer is
  /// what it returns. `long add(long& value, long by) { return value += by; }` changes the value, a
  /// function of a `const T&` looks at it. It must have a name of its own in the program, and not wait.
  /// If it throws, nothing has changed. \throws handler_error with the text of its exception
  /// \cost besides: a copy of the T, unless the function is noexcept or only looks
  template <auto Function, class... Args>
  auto update(Args&&... args) const {
    return this->template call<Function>(std::forward<Args>(args)...);
  }

  /// The lock that it carries, by which those who care take turns: `auto held = co_await (co_await
  /// v.get_lock()).acquire();`. If its holder dies, the next is told. \throws misuse_error: it has none
  auto get_lock() const { return this->ask_for_lock(); }

  /// "value of long".
  auto describe() const { return this->template call<&detail::value_verbs::describe<T>>(); }

 private:
  explicit value(const actor_ref<>& keeper) noexcept : base(keeper) {}
};

}  // namespace troupe
