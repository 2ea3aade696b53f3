// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/ask.hpp>

namespace troupe {

namespace detail {

/// Puts `e` into the mailbox at once if that is possible, and else says why not.
/// \return nothing: the sender has to wait
std::optional<outcome<void>> send_at_once(const address& to, envelope_ptr& e);

/// The wait for room. It ends with the answer of the receiver, who has kept the message meanwhile.
template <bool Throws>
class send_awaiter : wait_node {
 public:
  send_awaiter(address to, envelope_ptr message, std::int64_t timeout)
      : wait_node{.whom = to, .what = awaited::room},
        timeout_(timeout),
        message_(std::move(message)) {}

  bool await_ready() {
    outcome_ = send_at_once(whom, message_);
    return outcome_.has_value();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    waiter = h;
    complete = [](wait_node& self, envelope* answer) {
      take_outcome(answer, static_cast<send_awaiter&>(self).outcome_);
    };
    if (timeout_ > 0) deadline = deadline_after(c, timeout_);
    add_wait(c, *this);
    correlation_of(*message_) = {id, c.self(), deadline};
    post_system(whom, message_.release());
  }
  auto await_resume() {
    if constexpr (Throws) {
      if (!outcome_->has_value()) throw_failure(outcome_->error());
    } else {
      return std::move(*outcome_);
    }
  }

 private:
  std::int64_t timeout_;
  envelope_ptr message_;
  std::optional<outcome<void>> outcome_;
};

}  // namespace detail

/// A message that is not sent yet. \thread any, used once
class [[nodiscard]] send_operation {
 public:
  send_operation(detail::address to, detail::envelope* message, std::chrono::nanoseconds timeout)
      : to_(to), timeout_(timeout.count()), message_(message) {}

  /// Returns when the message is in the mailbox. \throws actor_down, timeout_error, mailbox_full_error
  auto operator co_await() && {
    return detail::send_awaiter<true>(to_, std::move(message_), timeout_);
  }
  /// `co_await ref.send(m).result()` gives outcome<void> and throws nothing of its own.
  auto result() && { return detail::send_awaiter<false>(to_, std::move(message_), timeout_); }

  /// Blocks this plain thread until the message is in the mailbox. \throws as co_await; misuse_error
  /// inside an actor, where it would block a worker
  void get() &&;

 private:
  static task<void> wait(send_operation sending);

  detail::address to_;
  std::int64_t timeout_;
  detail::envelope_ptr message_;
};

}  // namespace troupe
