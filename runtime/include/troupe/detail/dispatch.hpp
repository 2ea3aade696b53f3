// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <troupe/behavior.hpp>
#include <troupe/promise.hpp>
#include <troupe/task.hpp>

/// From an envelope to the handler `on(M)` of a class actor, and from its result to the reply.
namespace troupe::detail {

/// The answer that a waiting handler owes. If its frame is destroyed first, the asker learns that.
class owed_answer {
 public:
  owed_answer(cell& callee, const envelope& e) noexcept;
  owed_answer(const owed_answer&) = delete;
  owed_answer& operator=(const owed_answer&) = delete;
  ~owed_answer();
  void give(envelope* reply) noexcept;
  bool owed() const noexcept { return owed_; }
  void fail(std::exception_ptr error) noexcept;

 private:
  cell& callee_;
  correlation question_;
  bool owed_;
};

/// Runs the handler's coroutine as a part of the actor, until it ends or waits.
void start_handler(cell& c, behavior handler);

template <class A, class M>
behavior run_handler(cell& c, A& self, M message, envelope& e) {
  owed_answer owed(c, e);  // copies what it needs: the envelope is gone once this waits
  using work_value = typename decltype(self.on(std::move(message)))::value_type;
  try {
    auto work = self.on(std::move(message));
    if constexpr (std::is_void_v<work_value>) {
      co_await work;
      if (owed.owed()) owed.give(make_bare_envelope(envelope_kind::reply));
    } else {
      auto value = co_await work;
      if (owed.owed())
        owed.give(make_envelope(envelope_kind::reply, reply_of<M>(std::move(value))));
    }
  } catch (...) {
    owed.fail(std::current_exception());
    throw;
  }
}

template <class M>
struct payload_end {
  envelope& e;
  ~payload_end() { e.as<M>().~M(); }
};

template <class A, class M>
void handle_at_once(A& self, envelope& e) {
  M& message = e.as<M>();
  using result = decltype(self.on(std::move(message)));
  using reply = reply_of<M>;
  if constexpr (is_promise<result>) {
    static_assert(std::same_as<result, promise<reply>>, "on(M) must return promise<M::reply>");
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

template <class A, class M>
void handle_message(A& self, cell& c, envelope& e) {
  M& message = e.as<M>();
  using result = decltype(self.on(std::move(message)));
  if constexpr (is_task<result>) {
    static_assert(
        alignof(M) <= frame_alignment,
        "a message for a handler that is a coroutine may ask for at most 16-byte alignment");
    const behavior handler = [&] {
      payload_end<M> end{
          e};  // the coroutine has its own; running it may end the actor and this mail
      return run_handler<A, M>(c, self, std::move(message), e);
    }();
    start_handler(c, handler);
  } else {
    const payload_end<M> end{e};
    handle_at_once<A, M>(self, e);
  }
}

template <class A, class... Ms>
bool dispatch(A& self, cell& c, envelope& e, protocol<Ms...>) {
  return ((e.type == &message_type_of<Ms> ? (handle_message<A, Ms>(self, c, e), true) : false) ||
          ...);
}

template <class A>
void receive_class(cell& c, envelope& e) {
  if (!dispatch(*static_cast<A*>(c.body), c, e, typename A::protocol_type{})) unexpected(c, e);
}

template <class A>
void down_class(cell& c, envelope& e) {
  static_cast<A*>(c.body)->on(std::move(e.as<down>()));
}

}  // namespace troupe::detail
