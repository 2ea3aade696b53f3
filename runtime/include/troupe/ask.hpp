// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <coroutine>
#include <optional>
#include <troupe/actor_ref.hpp>
#include <troupe/error.hpp>
#include <troupe/task.hpp>

namespace troupe {

/// What `.result()` gives: the reply, or how the ask failed.
template <class T>
using outcome = boost::system::result<T, failure>;

namespace detail {

failure bad_reply_failure(const envelope& reply, std::string_view expected);

template <class R>
inline constexpr bool fits_frame =
    alignof(std::conditional_t<std::is_void_v<R>, char, R>) <= frame_alignment;

/// What an ask is made of, before it leaves.
struct ask_parts {
  address to;
  std::int64_t timeout;
  envelope_ptr question;
};

/// Turns an answer into an outcome; null: the deadline has passed.
template <class R>
outcome<R> outcome_of(envelope* answer) {
  if (!answer) return timeout_failure();
  if (answer->kind == envelope_kind::failure) return std::move(answer->as<failure>());
  if constexpr (std::is_void_v<R>) {
    if (!answer->type) return {};
    return bad_reply_failure(*answer, "void");
  } else {
    if (answer->type == &message_type_of<R>)
      return outcome<R>(boost::system::in_place_value, std::move(answer->as<R>()));
    return bad_reply_failure(*answer, message_type_of<R>.name);
  }
}

/// A reply that wants to be told once it has come to the one who asked. Its destruction without that
/// call means that nobody got it: the asker had ended or given up.
template <class R>
concept told_of_receipt = requires(R& reply) { reply.reached_asker(); };

/// Puts the outcome in its place; the usual one, a reply, is moved once.
template <class R>
void take_outcome(envelope* answer, std::optional<outcome<R>>& place) {
  if constexpr (!std::is_void_v<R>) {
    if (answer && answer->type == &message_type_of<R> && answer->kind == envelope_kind::reply)
        [[likely]] {
      place.emplace(boost::system::in_place_value, std::move(answer->as<R>()));
      if constexpr (told_of_receipt<R>) (*place)->reached_asker();
      return;
    }
  }
  place.emplace(outcome_of<R>(answer));
}

/// The wait for one answer. The question leaves when the coroutine suspends; until then it lies in
/// its envelope and not in the frame, which could not align it to more than 16 bytes.
template <class M, bool Throws>
class ask_awaiter : protected wait_node {
 public:
  using reply = reply_of<M>;

  static_assert(fits_frame<reply>, "a reply may ask for at most 16-byte alignment");

  ask_awaiter(address to, envelope_ptr question, std::int64_t timeout)
      : wait_node{.whom = to}, timeout_(timeout), question_(std::move(question)) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    waiter = h;
    complete = [](wait_node& self, envelope* answer) {
      take_outcome(answer, static_cast<ask_awaiter&>(self).outcome_);
    };
    add_ask(c, *this, timeout_);
    send_question(whom, question_.release(), {id, c.self(), deadline});
  }
  auto await_resume() {
    if constexpr (Throws) {
      if (!outcome_->has_value()) throw_failure(outcome_->error());
      if constexpr (!std::is_void_v<reply>) return std::move(**outcome_);
    } else {
      return std::move(*outcome_);
    }
  }

 protected:
  bool was_cancelled() const noexcept {
    return outcome_->has_error() && outcome_->error().code == errc::cancelled;
  }
  cell* home() const noexcept { return root->home; }

 private:
  std::int64_t timeout_;
  envelope_ptr question_;
  std::optional<outcome<reply>> outcome_;
};

/// Runs `work` as an actor of `system` and waits for it. \throws misuse_error inside an actor
void run_blocking(system_core& system, task<void> work);
system_core& system_of(const address& a);

}  // namespace detail

/// A question that is not sent yet. \thread any, used once
template <class M>
class [[nodiscard]] ask_operation {
 public:
  using reply = reply_of<M>;

  template <class Value>
  ask_operation(detail::address to, Value&& message, std::chrono::nanoseconds timeout)
      : to_(to),
        timeout_(timeout.count()),
        question_(detail::make_envelope(detail::envelope_kind::ask, std::forward<Value>(message))) {
    detail::ensure_registered<M>();
    detail::ensure_registered<reply>();
  }

  /// The reply. \throws timeout_error, actor_down, handler_error, … (troupe::error)
  auto operator co_await() && {
    return detail::ask_awaiter<M, true>(to_, std::move(question_), timeout_);
  }

  /// `co_await ask.result()` gives outcome<reply> and throws nothing of its own.
  auto result() && { return detail::ask_awaiter<M, false>(to_, std::move(question_), timeout_); }

  /// For the runtime: to be sent in another way.
  detail::ask_parts parts() && noexcept { return {to_, timeout_, std::move(question_)}; }

  /// Blocks this plain thread for the reply. \throws as co_await; misuse_error inside an actor,
  /// where it would block a worker
  reply get() && {
    if (!to_.home) {
      throw_failure({errc::actor_down,
                     "the actor_ref refers to nobody",
                     {exit_reason::cause::never_existed, 0, 0, {}}});
    }
    std::optional<outcome<reply>> got;
    detail::run_blocking(detail::system_of(to_), fetch(std::move(*this), got));
    return std::move(*got).value();
  }

 private:
  static task<void> fetch(ask_operation ask, std::optional<outcome<reply>>& got) {
    auto pending = std::move(ask).result();
    got.emplace(co_await pending);
  }

  detail::address to_;
  std::int64_t timeout_;
  detail::envelope_ptr question_;
};

namespace detail {
/// Waits for the end of an actor, for so long at most.
class end_awaiter : wait_node {
 public:
  /// \param nanoseconds  negative: as long as it takes
  explicit end_awaiter(address of, std::int64_t nanoseconds = -1)
      : wait_node{.whom = of, .what = awaited::end}, nanoseconds_(nanoseconds) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    waiter = h;
    complete = [](wait_node& node, envelope* answer) {
      auto& self = static_cast<end_awaiter&>(node);
      self.has_come_ = answer != nullptr;
      if (answer && answer->type == &message_type_of<down>) {
        self.reason_ = std::move(answer->as<down>().reason);
      }
    };
    if (nanoseconds_ >= 0) deadline = deadline_after(c, nanoseconds_);
    add_wait(c, *this);
    request_end(c, whom, id);
  }
  exit_reason await_resume() { return std::move(reason_); }

 protected:
  bool has_come() const noexcept { return has_come_; }

 private:
  std::int64_t nanoseconds_;
  bool has_come_ = false;
  exit_reason reason_{exit_reason::cause::never_existed, 0, 0, {}};
};
}  // namespace detail

/// `exit_reason why = co_await ended(ref);` waits until the actor has ended; at once if it has.
template <class... Ms>
[[nodiscard]] auto ended(const actor_ref<Ms...>& ref) {
  detail::ensure_registered<down>();
  return detail::end_awaiter(ref.where());
}

}  // namespace troupe
