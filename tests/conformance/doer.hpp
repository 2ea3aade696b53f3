// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Parties and makers without a message for each thing they can do: the message is made from the function
// that does it. All of it can travel.

#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <tuple>

namespace troupe::conformance {

/// Told to any party: throw, and so end by an exception.
struct fail {};

namespace inner {
template <class Function>
struct verb;
template <class R, class... Args>
struct verb<task<R> (*)(Args...)> {
  using reply = R;
  using arguments = std::tuple<std::decay_t<Args>...>;
  template <auto Function, class State>
  static task<R> call(State&, arguments& given) {
    return std::apply([](auto&... each) { return Function(std::move(each)...); }, given);
  }
};
template <class R, class State, class... Args>
struct verb<task<R> (*)(State&, Args...)> {
  using reply = R;
  using arguments = std::tuple<std::decay_t<Args>...>;
  template <auto Function, class Own>
  static task<R> call(Own& state, arguments& given) {
    return std::apply([&](auto&... each) { return Function(state, std::move(each)...); }, given);
  }
};
}  // namespace inner

/// The message that means: do `Verb`.
template <auto Verb>
struct call {
  using reply = typename inner::verb<decltype(Verb)>::reply;
  typename inner::verb<decltype(Verb)>::arguments arguments;
};
/// `child.ask(told<&take>(door, 50ms))`
template <auto Verb, class... Args>
call<Verb> told(Args&&... args) {
  return {{std::forward<Args>(args)...}};
}

/// An actor that does each of `Verbs` when it is told to, also while it waits in another. A verb is a
/// function: `task<R> take(State& mine, lock door)`, or without the state. `State` is what it keeps from one to
/// the next; it ends with it.
template <class State, auto... Verbs>
class doer : public actor<call<Verbs>..., fail> {
 public:
  static constexpr bool reentrant = true;

  template <auto Verb>
  task<typename call<Verb>::reply> on(call<Verb> m) {
    co_return co_await inner::verb<decltype(Verb)>::template call<Verb>(state_, m.arguments);
  }
  void on(fail) { throw std::runtime_error("told to fail"); }

 private:
  State state_;
};
template <auto... Verbs>
using doer_ref = actor_ref<call<Verbs>..., fail>;

/// For doers that keep nothing.
struct nothing_kept {};

/// Asked of a maker: what it has made.
template <auto Make, class... Args>
struct made {
  using reply = decltype(Make(std::declval<actor_system&>(), std::declval<Args>()...));
};
/// Makes a handle where it lives.
template <auto Make, class... Args>
class maker : public actor<made<Make, Args...>> {
 public:
  using handle = typename made<Make, Args...>::reply;
  explicit maker(Args... args) : handle_(Make(this->system(), std::move(args)...)) {}
  handle on(made<Make, Args...>) const { return handle_; }

 private:
  handle handle_;
};
template <class Handle, class... Args>
Handle spawn_handle(actor_system& system, Args... args) {
  return Handle::spawn(system, std::move(args)...);
}

}  // namespace troupe::conformance
