// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe {

namespace detail {
struct state_access;
}

/// A second base for an actor whose answers depend on the state it is in:
/// ```
/// struct shut { int knocks = 0; };
/// struct open {};
/// class door : public actor<push, knock, pull>, public states<shut, open> {
///  public:
///   void on(shut&, push) { become(open{}); }
///   void on(shut& now, knock) { ++now.knocks; }
///   void on(open&, pull) { become(shut{}); }
/// };
/// ```
/// A message goes to `on(state&, M)` of the present state, else to `on(M)`. If neither exists, the state
/// does not take it: a tell is a dead letter, an ask fails with errc::bad_message. (To keep such mail for
/// a later state, write a coroutine actor: what its match() does not take stays.)
/// The first state is the initial one. Entering is the constructor of a state, leaving its destructor.
/// \thread its own handlers only
template <class First, class... Rest>
class states {
 public:
  using states_type = states;

 protected:
  states() = default;
  explicit states(First first) : now_(std::move(first)) {}

  /// The next message finds this state; the present handler goes on in the one before.
  template <class State>
  void become(State next) {
    static_assert(is_one<State>, "become() wants one of the types in states<...>");
    next_.emplace(std::move(next));
  }
  /// True in the state that the present handler runs in.
  template <class State>
  bool in() const noexcept {
    static_assert(is_one<State>, "in() wants one of the types in states<...>");
    return std::holds_alternative<State>(now_);
  }

 private:
  friend struct detail::state_access;
  template <class State>
  static constexpr bool is_one = std::same_as<State, First> || (std::same_as<State, Rest> || ...);

  void change() {
    if (!next_) return;
    std::visit([&]<class State>(State& next) { now_.template emplace<State>(std::move(next)); },
               *next_);
    next_.reset();
  }

  std::variant<First, Rest...> now_;
  std::optional<std::variant<First, Rest...>> next_;
};

namespace detail {

template <class A>
concept has_states = requires { typename A::states_type; };

struct state_access {
  template <class A>
  static typename A::states_type& of(A& self) noexcept {
    return self;
  }
  template <class A>
  static void change(A& self) {
    of(self).change();
  }
  template <class A, class Visit>
  static void visit(A& self, Visit visit) {
    std::visit(visit, of(self).now_);
  }
  template <class A, class M>
  static constexpr bool handles() {
    return []<class... S>(std::type_identity<states<S...>>) {
      return (requires(A& a, S& s, M&& m) { a.on(s, std::move(m)); } || ...) ||
             requires(A& a, M&& m) { a.on(std::move(m)); };
    }(std::type_identity<typename A::states_type>{});
  }
};

/// An actor in one of its states, as what has the handler `on(M)`.
template <class A, class State>
struct actor_in_state {
  A& self;
  State& state;

  template <class M>
  auto on(M&& message) -> decltype(self.on(state, std::forward<M>(message))) {
    return self.on(state, std::forward<M>(message));
  }
  void handled() { state_access::change(self); }
};
/// The same for a handler that does not ask for the state.
template <class A>
struct any_state {
  A& self;

  template <class M>
  auto on(M&& message) -> decltype(self.on(std::forward<M>(message))) {
    return self.on(std::forward<M>(message));
  }
  void handled() { state_access::change(self); }
};

}  // namespace detail
}  // namespace troupe
