// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/pool_operation.hpp>

namespace troupe {

/// Calls of one function that are not given to the pool yet: say how, then wait for what comes of them.
///
///   auto all = co_await workers.map<&render>(pages).chunk(8).idempotent();     // the values, or throws
///   for (auto& page : co_await workers.map<&render>(pages).each()) …           // each for itself
///   auto later = workers.map<&render>(pages).start();                          // pool_result, at once
///
/// In a plain thread: `.get()` in place of `co_await`. All tasks are waited for, also if some fail.
/// \tparam One  it is one call, whose value is not in a vector   \thread any, used once
template <auto Function, bool One, class... Errors>
class [[nodiscard]] pool_tasks {
  using request = detail::pool_request<Function, Errors...>;
  using value = typename request::value;

 public:
  using result = std::conditional_t<One || std::is_void_v<value>, value, std::vector<value>>;
  using callback =
      std::function<void(const typename detail::pool_result_state<result>::value_type&)>;

  /// For the pool.
  explicit pool_tasks(request order) : order_(std::move(order)) {}

  /// Tasks are handed out so many at a time. \throws std::invalid_argument if 0
  pool_tasks&& chunk(std::size_t tasks) && {
    order_.terms.chunk = detail::checked_chunk(tasks);
    return std::move(*this);
  }
  /// It does no harm if a task is done twice: those whose worker died are given to another, as long as they
  /// have not ended pool_options::deaths_max of them.
  pool_tasks&& idempotent() && {
    static_assert(std::copy_constructible<typename request::calls::arguments>,
                  "what may be done again needs arguments that can be copied");
    order_.terms.idempotent = true;
    return std::move(*this);
  }
  /// Longest time that each task may take from when its worker gets it. Then it has failed as timed_out,
  /// and its worker is ended and replaced: a process in the middle of it, a thread when it returns.
  pool_tasks&& timeout(std::chrono::nanoseconds limit) && {
    order_.terms.timeout = detail::checked_limit(limit);
    return std::move(*this);
  }
  /// Calls `tell(done, all)` as tasks end, where it is waited for.
  pool_tasks&& progress(std::function<void(std::size_t, std::size_t)> tell) && {
    order_.progress = std::move(tell);
    return std::move(*this);
  }
  /// Once it is triggered, the wait ends with cancelled_error, and tasks that have not begun never will.
  pool_tasks&& until(std::stop_token token) && {
    order_.token = std::move(token);
    return std::move(*this);
  }

  /// What each task came to, in their order; of one call, that alone.
  auto each() && { return operation<decltype(outcomes(std::declval<request>()))>(&outcomes); }
  auto operator co_await() && { return values(std::move(order_)); }
  /// \throws what the first that failed raises (see task_failure); misuse_error inside an actor
  result get() && { return operation<task<result>>(&values).get(); }

  /// Begins now; see pool_result. The callbacks are called, one of them and once, by an actor of their own,
  /// before the result is ready.
  pool_result<result> start(detail::value_callback<result> on_value = {},
                            detail::error_callback on_error = {}) && {
    return operation<task<result>>(&values).start(std::move(on_value), std::move(on_error));
  }

 private:
  template <class Task>
  auto operation(Task (*work)(request)) {
    const detail::pool_ref to = order_.to;
    return detail::pool_operation<typename Task::value_type>(to, work(std::move(order_)));
  }

  static auto outcomes(request order) {
    if constexpr (One) {
      return one(std::move(order));
    } else {
      return request::run(std::move(order));
    }
  }
  static task<task_outcome<value>> one(request order) {
    auto running = request::run(std::move(order));
    auto all = co_await std::move(running);
    co_return std::move(all.front());
  }
  static task<result> values(request order) {
    auto running = request::run(std::move(order));
    auto all = co_await std::move(running);
    if constexpr (One) {
      co_return std::move(all.front()).value();
    } else {
      co_return detail::values_of(std::move(all));
    }
  }

  request order_;
};

}  // namespace troupe
