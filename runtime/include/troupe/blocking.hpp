// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <troupe/detail/extras.hpp>
#include <troupe/type_name.hpp>
#include <type_traits>
#include <utility>

/// A way out for what would block a worker: a library that knows no coroutines, a slow file, a long
/// calculation. It runs on a plain thread meanwhile, and the actor waits as for any answer.
namespace troupe {

namespace detail {

/// One call of such a function, shared by the coroutine that waits for it and the thread that runs it:
/// either may be gone before the other.
class blocking_call {
 public:
  blocking_call() = default;
  blocking_call(const blocking_call&) = delete;
  blocking_call& operator=(const blocking_call&) = delete;
  virtual ~blocking_call() = default;

  virtual void run() noexcept = 0;  ///< keeps the outcome, ends the function; once
  virtual std::string_view name() const noexcept = 0;

  /// Nobody waits any more: what has not begun will not begin. \thread any
  void abandon() noexcept { wanted_.store(false, std::memory_order_relaxed); }
  bool is_wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  address caller;
  std::string_view caller_name;
  envelope_ptr reply;  ///< made beforehand, since there must be one

 private:
  std::atomic<bool> wanted_{true};  ///< the caller writes false, once; orders nothing
};

template <class F>
class blocking_function final : public blocking_call {
 public:
  using value = std::invoke_result_t<F&>;
  static_assert(!std::is_reference_v<value>,
                "blocking(f): f returns a reference into another thread; return a value");

  template <class Given>
  explicit blocking_function(std::in_place_t, Given&& f) : function_(std::forward<Given>(f)) {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<value>) {
        std::invoke(*function_);
      } else {
        value_.emplace(std::invoke(*function_));
      }
    } catch (...) {
      error_ = std::current_exception();
    }
    function_.reset();  // on this thread, and before the caller goes on
  }
  std::string_view name() const noexcept override { return type_name<F>(); }

  value take() {
    // The last owner of an exception is its reader, so that its end is nobody else's business.
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    if constexpr (!std::is_void_v<value>) return std::move(*value_);
  }

 private:
  struct nothing {};
  std::optional<F> function_;
  std::optional<std::conditional_t<std::is_void_v<value>, nothing, value>> value_;
  std::exception_ptr error_;
};

/// Has `call` run on a plain thread; the answer comes to `c` under this id.
/// \throws mailbox_full_error, std::system_error
void call_apart(cell& c, std::shared_ptr<blocking_call> call, std::uint64_t id);

template <class F>
class blocking_awaiter : wait_node {
 public:
  template <class Given>
  explicit blocking_awaiter(std::in_place_t at, Given&& f)
      : call_(std::make_shared<blocking_function<F>>(at, std::forward<Given>(f))) {}
  blocking_awaiter(const blocking_awaiter&) = delete;
  blocking_awaiter& operator=(const blocking_awaiter&) = delete;
  ~blocking_awaiter() { call_->abandon(); }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    waiter = h;
    complete = [](wait_node&, envelope*) {};
    add_wait(c, *this);
    try {
      call_apart(c, call_, id);
    } catch (...) {
      take_wait(c, id);
      throw;
    }
  }
  auto await_resume() { return call_->take(); }

 private:
  std::shared_ptr<blocking_function<F>> call_;
};

}  // namespace detail

/// `auto text = co_await blocking([path] { return read_file(path); });` calls the function on a plain
/// thread, where it may block, and gives its value or throws its exception. The actor waits as for an
/// answer. If the actor ends first, a call that runs goes on and its outcome is dropped, and one that
/// has not begun never does: let it capture values, not references to the actor.
/// At most system_options.blocking_threads run at once, 65,536 more wait in order of their coming.
/// shutdown() waits for calls that run, up to its deadline; then it names them on stderr and leaves
/// their threads to themselves. In a simulation the call is made at once, in the same step.
/// \throws what `f` throws; mailbox_full_error if too many wait; std::system_error without any thread
/// \cost two changes of threads; a new thread if all are busy
template <class F>
  requires std::invocable<std::remove_cvref_t<F>&>
[[nodiscard]] auto blocking(F&& f) {
  return detail::blocking_awaiter<std::remove_cvref_t<F>>(std::in_place, std::forward<F>(f));
}

}  // namespace troupe
