// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <troupe/detail/extras.hpp>
#include <utility>

namespace troupe {

template <class T>
class task;

namespace detail {

/// What a coroutine frame can align: compilers do not honour more, though our blocks would.
inline constexpr std::size_t frame_alignment = 16;

/// Frames come from the pool.
struct pooled_frame {
  static void* operator new(std::size_t bytes) { return allocate_bytes(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_bytes(frame, bytes); }
};

struct task_promise_base : pooled_frame {
  cell* home = nullptr;  ///< the actor that runs it
  std::coroutine_handle<> continuation;
  std::exception_ptr error;

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      resume_later(*self.promise().home, self.promise().continuation);
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct task_promise : task_promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

/// A piece of an actor's work that may wait: starts when awaited, runs in the actor that awaits it,
/// gives its value or its exception to it. Move-only; destroyed unfinished, it ends where it waits.
/// \cost one frame from a free list
template <class T = void>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiter) noexcept {
    frame_.promise().home = waiter.promise().home;
    frame_.promise().continuation = waiter;
    detail::resume_later(*frame_.promise().home, frame_);
  }
  T await_resume() { return frame_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {
template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
  return task<T>{std::coroutine_handle<task_promise<T>>::from_promise(*this)};
}
inline task<void> task_promise<void>::get_return_object() noexcept {
  return task<void>{std::coroutine_handle<task_promise<void>>::from_promise(*this)};
}

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

/// Adds a waiting coroutine's cell and handle to a wait.
struct sleep_wait : wait_node {
  explicit sleep_wait(std::int64_t duration)
      : wait_node{.what = awaited::time}, nanoseconds(duration) {}
  std::int64_t nanoseconds;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    waiter = h;
    complete = [](wait_node&, envelope*) {};
    deadline = deadline_after(c, nanoseconds);
    add_wait(c, *this);
  }
  void await_resume() const noexcept {}
};

}  // namespace detail

/// `co_await sleep_for(50ms)`: the actor waits, no thread does. Never early.
template <class Rep, class Period>
[[nodiscard]] auto sleep_for(std::chrono::duration<Rep, Period> duration) {
  return detail::sleep_wait{std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count()};
}

}  // namespace troupe
