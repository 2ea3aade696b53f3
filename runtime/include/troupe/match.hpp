// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/behavior.hpp>

/// `co_await mail.match([&](ball b) {…}, [&](stop_now) {…})`: waits for the first message that one of
/// the handlers takes, and runs it there.
namespace troupe::detail {

template <class F>
struct handler_of : handler_of<decltype(&F::operator())> {};
template <class R, class M>
struct handler_of<R (*)(M)> {
  using message = std::remove_cvref_t<M>;
  using result = R;
};
template <class C, class R, class M>
struct handler_of<R (C::*)(M)> : handler_of<R (*)(M)> {};
template <class C, class R, class M>
struct handler_of<R (C::*)(M) const> : handler_of<R (*)(M)> {};
template <class C, class R, class M>
struct handler_of<R (C::*)(M) noexcept> : handler_of<R (*)(M)> {};
template <class C, class R, class M>
struct handler_of<R (C::*)(M) const noexcept> : handler_of<R (*)(M)> {};

template <class M>
struct is_question : std::false_type {};
template <class M>
struct is_question<question<M>> : std::true_type {};

template <class M>
struct received_for {
  using type = std::conditional_t<std::is_void_v<reply_of<M>>, M, question<M>>;
};
template <class M>
struct received_for<question<M>> {
  using type = question<M>;
};

/// What a handler of match() receives: M, or question<M> if M has a reply.
template <class F>
using received_by = typename received_for<typename handler_of<F>::message>::type;

template <class T, class... Ts>
inline constexpr unsigned count_of = (0u + ... + (std::same_as<T, Ts> ? 1u : 0u));

template <class M, class F>
void answer_with(F& handler, question<M>& asked) {
  using reply = reply_of<M>;
  static_assert(std::convertible_to<typename handler_of<F>::result, reply>,
                "a handler of a message with a reply returns the reply, or takes a question<M>");
  try {
    asked.answer.set_value(handler(std::move(asked.message)));
  } catch (...) {
    asked.answer.set_failure(failure_of(std::current_exception()));
    throw;
  }
}

template <class F, class R>
void handle_received(F& handler, R& what) {
  static_assert(!is_task<typename handler_of<F>::result>,
                "a handler of match() does not wait: set a variable, and co_await after the match");
  if constexpr (is_question<R>::value && !is_question<typename handler_of<F>::message>::value) {
    answer_with(handler, what);
  } else {
    handler(std::move(what));
  }
}

/// A receive of several types whose value goes to the handler that wants it.
template <bool Timed, class... Fs>
class match_awaiter : public receive_awaiter<Timed, received_by<Fs>...> {
  using base = receive_awaiter<Timed, received_by<Fs>...>;
  static_assert(((count_of<received_by<Fs>, received_by<Fs>...> == 1) && ...),
                "two handlers of one match take the same message");

 public:
  template <class... Handlers>
  match_awaiter(cell& c, std::int64_t timeout, Handlers&&... handlers)
      : base(c, timeout), handlers_(std::forward<Handlers>(handlers)...) {}

  auto await_resume() {
    auto got = base::await_resume();
    if constexpr (Timed) {
      if (got) run(*got);
      return got.has_value();
    } else {
      run(got);
    }
  }

 private:
  template <class Value>
  void run(Value& got) {
    if constexpr (sizeof...(Fs) == 1) {
      handle_received(std::get<0>(handlers_), got);
    } else {
      run_nth(got, std::index_sequence_for<Fs...>{});
    }
  }
  template <class Value, std::size_t... I>
  void run_nth(Value& got, std::index_sequence<I...>) {
    (void)((got.index() == I ? (handle_received(std::get<I>(handlers_), std::get<I>(got)), true)
                             : false) ||
           ...);
  }

  std::tuple<Fs...> handlers_;
};

}  // namespace troupe::detail

namespace troupe {

template <class... Ms>
template <class First, class... Rest>
  requires(!detail::is_duration<std::remove_cvref_t<First>>)
auto mailbox<Ms...>::match(First&& first, Rest&&... rest) {
  using awaiter =
      detail::match_awaiter<false, std::remove_cvref_t<First>, std::remove_cvref_t<Rest>...>;
  static_assert(
      detail::receivable<detail::received_by<std::remove_cvref_t<First>>, Ms...> &&
          (detail::receivable<detail::received_by<std::remove_cvref_t<Rest>>, Ms...> && ...),
      "this mailbox does not accept what a handler takes");
  return awaiter(*cell_, 0, std::forward<First>(first), std::forward<Rest>(rest)...);
}

template <class... Ms>
template <class... Handlers>
auto mailbox<Ms...>::match(std::chrono::nanoseconds timeout, Handlers&&... handlers) {
  using awaiter = detail::match_awaiter<true, std::remove_cvref_t<Handlers>...>;
  static_assert(
      (detail::receivable<detail::received_by<std::remove_cvref_t<Handlers>>, Ms...> && ...),
      "this mailbox does not accept what a handler takes");
  return awaiter(*cell_, timeout.count(), std::forward<Handlers>(handlers)...);
}

}  // namespace troupe
