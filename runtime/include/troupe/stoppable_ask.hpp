// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <stop_token>
#include <troupe/ask.hpp>

/// An ask that can be given up from elsewhere: `co_await ref.ask(m, token)` ends with
/// errc::cancelled (cancelled_error) once the token is triggered, and who was asked learns it.
namespace troupe {
namespace detail {

/// Answers an ask of ours in place of who was asked. \thread any
struct give_up {
  address asker;
  std::uint64_t id;
  void operator()() const noexcept;
};

template <class M, bool Throws>
class stoppable_awaiter : public ask_awaiter<M, Throws> {
 public:
  stoppable_awaiter(address to, envelope_ptr question, std::int64_t timeout, std::stop_token token)
      : ask_awaiter<M, Throws>(to, std::move(question), timeout), token_(std::move(token)) {}

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    ask_awaiter<M, Throws>::await_suspend(h);
    on_stop_.emplace(token_, give_up{h.promise().home->self(), this->id});
  }
  auto await_resume() {
    on_stop_.reset();
    if (this->was_cancelled()) withdraw_ask(*this->home(), *this);
    return ask_awaiter<M, Throws>::await_resume();
  }

 private:
  std::stop_token token_;
  std::optional<std::stop_callback<give_up>> on_stop_;
};

}  // namespace detail

/// \thread any, used once
template <class M>
class [[nodiscard]] stoppable_ask {
 public:
  template <class Value>
  stoppable_ask(detail::address to, Value&& message, std::chrono::nanoseconds timeout,
                std::stop_token token)
      : to_(to),
        timeout_(timeout.count()),
        question_(detail::make_envelope(detail::envelope_kind::ask, std::forward<Value>(message))),
        token_(std::move(token)) {
    detail::ensure_registered<M>();
    detail::ensure_registered<reply_of<M>>();
  }

  /// The reply. \throws cancelled_error if the token was first; else as an ask without one
  auto operator co_await() && {
    return detail::stoppable_awaiter<M, true>(to_, std::move(question_), timeout_,
                                              std::move(token_));
  }
  /// The same as a value.
  auto result() && {
    return detail::stoppable_awaiter<M, false>(to_, std::move(question_), timeout_,
                                               std::move(token_));
  }

 private:
  detail::address to_;
  std::int64_t timeout_;
  detail::envelope_ptr question_;
  std::stop_token token_;
};

}  // namespace troupe
