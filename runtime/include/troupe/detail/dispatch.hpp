// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <troupe/behavior.hpp>
#include <troupe/delegated.hpp>
#include <troupe/promise.hpp>
#include <troupe/states.hpp>
#include <troupe/task.hpp>

namespace troupe {

/// Comes to `void on(idle)` of a class actor when it has handled no message for its idle timeout:
/// actor_base::set_idle_timeout().
struct idle {};

}  // namespace troupe

/// From an envelope to the handler `on(M)` of a class actor, and from its result to the reply.
namespace troupe::detail {

struct work_scope;

/// The answer that a waiting handler owes. If its frame is destroyed first, the asker learns that.
class owed_answer {
 public:
  owed_answer(cell& callee, const envelope& e) noexcept;
  owed_answer(const owed_answer&) = delete;
  owed_answer& operator=(const owed_answer&) = delete;
  ~owed_answer();
  void give(envelope* reply) noexcept;
  bool owed() const noexcept { return owed_; }
  /// \return false: the handler has only found out that its question is over (a timeout it inherited, a
  /// stop token it passed on); that is no reason to end the actor
  bool fail(std::exception_ptr error) noexcept;

  bool is(const correlation& question) const noexcept;
  void withdraw();  ///< nobody waits for it any more
  std::stop_token stop_token();

 private:
  void settle() noexcept;
  bool is_because_it_is_over(const std::exception_ptr& error) const noexcept;

  cell& callee_;
  correlation question_;
  work_scope* scope_ = nullptr;  ///< null: the handler has not asked for a stop token
  bool owed_;
  bool withdrawn_ = false;
};

/// Runs the handler's coroutine as a part of the actor, until it ends or waits.
void start_handler(cell& c, behavior handler);

/// A handler has come to its end.
template <class A>
void handled(A& self) {
  if constexpr (requires { self.handled(); }) self.handled();
}

/// \tparam Self  the actor, A&, or the actor in a state
template <class Self, class M>
behavior run_handler(cell& c, Self self, M message, envelope& e) {
  owed_answer owed(c, e);  // copies what it needs: the envelope is gone once this waits
  using work_value = typename decltype(self.on(std::move(message)))::value_type;
  try {
    auto work = self.on(std::move(message));
    if constexpr (std::is_void_v<work_value>) {
      co_await work;
      handled(self);
      if (owed.owed()) owed.give(make_bare_envelope(envelope_kind::reply));
    } else {
      auto value = co_await work;
      handled(self);
      if (owed.owed())
        owed.give(make_envelope(envelope_kind::reply, reply_of<M>(std::move(value))));
    }
  } catch (...) {
    if (owed.fail(std::current_exception())) throw;
  }
}

template <class M>
struct payload_end {
  envelope& e;
  ~payload_end() { e.as<M>().~M(); }
};

template <class Self, class M>
void handle_at_once(Self self, envelope& e) {
  M& message = e.as<M>();
  using result = decltype(self.on(std::move(message)));
  using reply = reply_of<M>;
  if constexpr (is_promise<result>) {
    static_assert(std::same_as<result, promise<reply>>, "on(M) must return promise<M::reply>");
    e.flags |= e.kind == envelope_kind::ask ? ask_in_handler : 0;
    (void)self.on(std::move(message));
    settle_dropped(e);
  } else if constexpr (is_delegated<result>) {
    static_assert(std::same_as<result, delegated<reply>>,
                  "the answer to what is delegated is not the one that is owed here");
    (void)self.on(std::move(message));
  } else if constexpr (std::is_void_v<reply>) {
    static_cast<void>(self.on(std::move(message)));
    if (e.kind == envelope_kind::ask)
      answer(correlation_of(e), make_bare_envelope(envelope_kind::reply));
  } else {
    static_assert(std::convertible_to<result, reply>, "on(M) must return M::reply");
    reply value = self.on(std::move(message));
    if (e.kind == envelope_kind::ask) {
      answer(correlation_of(e), make_envelope(envelope_kind::reply, std::move(value)));
    }
  }
}

template <class Self, class M>
void handle_message(Self self, cell& c, envelope& e) {
  M& message = e.as<M>();
  using result = decltype(self.on(std::move(message)));
  if constexpr (is_task<result>) {
    static_assert(
        alignof(M) <= frame_alignment,
        "a message for a handler that is a coroutine may ask for at most 16-byte alignment");
    const behavior handler = [&] {
      payload_end<M> end{
          e};  // the coroutine has its own; running it may end the actor and this mail
      return run_handler<Self, M>(c, self, std::move(message), e);
    }();
    start_handler(c, handler);
  } else {
    const payload_end<M> end{e};
    handle_at_once<Self, M>(self, e);
    handled(self);
  }
}

/// The handler of the present state, else the one of all states.
template <class A, class M>
void handle_in_state(A& self, cell& c, envelope& e) {
  static_assert(state_access::handles<A, M>(),
                "no state of this actor has a handler for a message");
  static_assert(
      !requires { A::reentrant; },
      "an actor with states cannot be reentrant: a handler that waits has its state");
  state_access::visit(self, [&]<class State>(State& state) {
    if constexpr (requires(M&& m) { self.on(state, std::move(m)); }) {
      handle_message<actor_in_state<A, State>, M>({self, state}, c, e);
    } else if constexpr (requires(M&& m) { self.on(std::move(m)); }) {
      handle_message<any_state<A>, M>({self}, c, e);
    } else {
      unexpected(c, e);
    }
  });
}

template <class A, class M>
void hand_to(A& self, cell& c, envelope& e) {
  if constexpr (has_states<A>) {
    handle_in_state<A, M>(self, c, e);
  } else {
    handle_message<A&, M>(self, c, e);
  }
}

template <class A, class... Ms>
bool dispatch(A& self, cell& c, envelope& e, protocol<Ms...>) {
  return ((e.type == &message_type_of<Ms> ? (hand_to<A, Ms>(self, c, e), true) : false) || ...);
}

template <class A>
void receive_class(cell& c, envelope& e) {
  if (!dispatch(*static_cast<A*>(c.body), c, e, typename A::protocol_type{})) unexpected(c, e);
}

template <class A>
concept hears_of_idleness = requires(A& a) {
  { a.on(idle{}) } -> std::same_as<void>;
};

/// For those who want to know when nothing comes.
template <class A>
void receive_timed(cell& c, envelope& e) {
  receive_class<A>(c, e);
  note_activity(c);
}

template <class A>
void idle_class(cell& c) {
  static_cast<A*>(c.body)->on(idle{});
}

template <class A>
void down_class(cell& c, envelope& e) {
  static_cast<A*>(c.body)->on(std::move(e.as<down>()));
}

}  // namespace troupe::detail
