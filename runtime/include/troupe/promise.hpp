// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <troupe/actor_ref.hpp>
#include <troupe/error.hpp>
#include <utility>

namespace troupe {

namespace detail {
/// Answers a question that nobody can answer any more: `actor_down` if its holder is ending on this
/// thread, else `broken_promise`.
void drop_question(const correlation& question) noexcept;

/// The question behind a promise; answers once. The last copy to go without having answered says so.
class open_question {
 public:
  explicit open_question(const correlation& question) noexcept : question_(question) {}
  open_question(const open_question&) = delete;
  open_question& operator=(const open_question&) = delete;
  ~open_question() {
    if (take()) drop_question(question_);
  }
  /// \return true for the first caller, who must answer
  bool take() noexcept {
    if (answered_.exchange(true, std::memory_order_acq_rel)) return false;
    if (question_.deadline != 0) question_answered(question_);
    return true;
  }
  bool is_answered() const noexcept { return answered_.load(std::memory_order_acquire); }
  const correlation& question() const noexcept { return question_; }

 private:
  correlation question_;
  std::atomic<bool> answered_{false};
};
std::shared_ptr<open_question> current_question(cell& c);
/// A token that tells the handler which runs now to give up; one that never does if it was told.
std::stop_token stop_token_here(cell& c);
std::stop_token stop_token_for(const std::shared_ptr<open_question>& question);
}  // namespace detail

/// An answer that comes later. A handler that cannot answer yet makes one (`make_promise<T>()`),
/// keeps a copy, returns it, and gives the answer when it has it. Copies mean the same question; the
/// first answer counts. If all copies go unanswered, the asker gets `broken_promise`; if they go
/// because the actor that kept them has ended, `actor_down`.
/// \thread any
template <class T>
class promise {
 public:
  promise() = default;
  explicit promise(std::shared_ptr<detail::open_question> question) noexcept
      : question_(std::move(question)) {}

  /// Answers. \return false: it had been answered, or nobody asked (the message was told)
  template <class... Value>
  bool set_value(Value&&... value) {
    static_assert(std::is_void_v<T> ? sizeof...(Value) == 0 : sizeof...(Value) == 1);
    if (!question_ || !question_->take()) return false;
    detail::envelope* reply;
    if constexpr (std::is_void_v<T>) {
      reply = detail::make_bare_envelope(detail::envelope_kind::reply);
    } else {
      reply = detail::make_envelope(detail::envelope_kind::reply, T(std::forward<Value>(value)...));
    }
    detail::answer(question_->question(), reply);
    return true;
  }
  bool set_failure(failure f) {
    if (!question_ || !question_->take()) return false;
    detail::answer_failure(question_->question(), std::move(f));
    return true;
  }

  /// Hands the question on: `to` is asked `message` in the name of who asked here, and answers there,
  /// within what is left of the deadline. \return false: it had been answered, or nobody asked
  template <class Value, class... Ms>
  bool delegate(const actor_ref<Ms...>& to, Value&& message) {
    using asked = std::remove_cvref_t<Value>;
    static_assert(accepted_by<asked, protocol<Ms...>>, "that actor does not accept this message");
    static_assert(std::same_as<reply_of<asked>, T>, "the answer to that is not the one owed here");
    if (!question_) return false;
    detail::envelope_ptr e(
        detail::make_envelope(detail::envelope_kind::ask, std::forward<Value>(message)));
    if (!question_->take()) return false;
    detail::ensure_registered<asked>();
    detail::ensure_registered<T>();
    detail::send_question(to.where(), e.release(), question_->question());
    return true;
  }

  /// Triggered when nobody waits for the answer any more: the asker has given up or ended, or its
  /// deadline has passed; also when the actor that was asked ends. Ask for it early: what happened
  /// long before is not remembered. \thread the actor that was asked
  std::stop_token cancellation() const { return detail::stop_token_for(question_); }

  /// Who asked; nobody if the message was told. Good for monitor().
  actor_ref<> asker() const noexcept {
    return question_ ? actor_ref<>::at(question_->question().from) : actor_ref<>{};
  }
  explicit operator bool() const noexcept { return question_ != nullptr; }

 private:
  std::shared_ptr<detail::open_question> question_;
};

namespace detail {
template <class T>
inline constexpr bool is_promise = false;
template <class T>
inline constexpr bool is_promise<promise<T>> = true;
}  // namespace detail

}  // namespace troupe
