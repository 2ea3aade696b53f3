// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
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
    if (!answered_.load(std::memory_order_relaxed)) drop_question(question_);
  }
  /// \return true for the first caller, who must answer
  bool take() noexcept { return !answered_.exchange(true, std::memory_order_acq_rel); }
  const correlation& question() const noexcept { return question_; }

 private:
  correlation question_;
  std::atomic<bool> answered_{false};
};
std::shared_ptr<open_question> current_question(cell& c);
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
