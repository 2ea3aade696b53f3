// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <troupe/actor.hpp>
#include <troupe/actor_system.hpp>
#include <troupe/ask.hpp>
#include <variant>

namespace troupe {

namespace detail {

template <class T>
struct pool_result_state {
  using value_type = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  std::optional<value_type> value;
  std::exception_ptr error;
  /// The carrier writes true, once, when one of these is there (release; readers acquire).
  std::atomic<bool> ready{false};
};

/// Waits for the end of an actor, for so long at most. \return whether it has ended
class end_within : public end_awaiter {
 public:
  using end_awaiter::end_awaiter;
  bool await_resume() const noexcept { return has_come(); }
};

template <class T>
using value_callback = std::function<void(const typename pool_result_state<T>::value_type&)>;
using error_callback = std::function<void(const std::exception_ptr&)>;

template <class T>
behavior carry_result(mailbox<>, task<T> work, std::shared_ptr<pool_result_state<T>> state,
                      value_callback<T> on_value, error_callback on_error) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      state->value.emplace();
    } else {
      state->value.emplace(co_await std::move(work));
    }
  } catch (...) {
    state->error = std::current_exception();
  }
  if (state->error) {
    if (on_error) on_error(state->error);
  } else if (on_value) {
    on_value(*state->value);
  }
  state->ready.store(true, std::memory_order_release);
}

}  // namespace detail

/// What a pool is doing meanwhile: begun, and to be asked for later. A value; copies mean the same result,
/// within this process. \thread any
template <class T>
class pool_result {
  using state = detail::pool_result_state<T>;

 public:
  pool_result() = default;
  /// For the pool. `carrier` ends when there is a result.
  pool_result(std::shared_ptr<state> kept, actor_ref<> carrier) noexcept
      : state_(std::move(kept)), carrier_(carrier) {}

  bool ready() const noexcept { return state_->ready.load(std::memory_order_acquire); }
  /// \throws misuse_error if it is not ready
  bool successful() const {
    if (!ready()) throw_failure({errc::misuse, "pool_result::successful: it is not ready", {}});
    return !state_->error;
  }

  /// `co_await r.finished()` waits in an actor until get() has an answer. \return false: time is up
  task<bool> finished(std::chrono::nanoseconds timeout = no_deadline) const {
    return wait_for(state_, carrier_, timeout);
  }
  /// The same in a plain thread. \param timeout  longest wait   \throws misuse_error inside an actor
  bool wait(std::chrono::nanoseconds timeout = no_deadline) const {
    if (ready()) return true;
    detail::require_blockable_thread();
    std::optional<bool> so;
    detail::run_blocking(detail::system_of(carrier_.where()),
                         note(wait_for(state_, carrier_, timeout), so));
    return *so;
  }

  /// The value; waits for it in a plain thread. \throws what went wrong; timeout_error when time is up;
  /// cancelled_error after cancel(); misuse_error inside an actor, unless it is ready
  decltype(auto) get(std::chrono::nanoseconds timeout = no_deadline) const {
    if (!wait(timeout)) throw_failure({errc::timeout, "the pool needs longer than that", {}});
    if (!ready()) throw_failure({errc::cancelled, "the result was cancelled", {}});
    if (state_->error) std::rethrow_exception(state_->error);
    if constexpr (!std::is_void_v<T>) return std::as_const(*state_->value);
  }

  /// Nobody wants it any more: tasks that have not begun will not.
  void cancel() const noexcept { carrier_.kill(); }

 private:
  static task<bool> wait_for(std::shared_ptr<state> kept, actor_ref<> carrier,
                             std::chrono::nanoseconds timeout) {
    auto end = detail::end_within(carrier.where(), timeout.count());
    const bool ended = co_await end;
    co_return ended || kept->ready.load(std::memory_order_acquire);
  }
  static task<void> note(task<bool> waiting, std::optional<bool>& so) {
    so = co_await std::move(waiting);
  }

  std::shared_ptr<state> state_;
  actor_ref<> carrier_;
};

}  // namespace troupe
