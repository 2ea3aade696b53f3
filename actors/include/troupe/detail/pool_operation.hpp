// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <troupe/ask.hpp>
#include <troupe/detail/pool_calls.hpp>
#include <troupe/detail/pool_messages.hpp>
#include <troupe/pool_result.hpp>
#include <troupe/stoppable_ask.hpp>

/// What those who give tasks to a pool share.
namespace troupe::detail {

using pool_ref = with_pool_messages<actor_ref>;

/// \throws actor_down if it refers to nobody
system_core& system_of_pool(const pool_ref& pool);
std::uint32_t checked_chunk(std::size_t tasks);  ///< \throws std::invalid_argument if 0
/// \throws std::invalid_argument if it is not more than 0
std::chrono::nanoseconds checked_limit(std::chrono::nanoseconds limit);

/// The arguments of a call with this one.
template <auto Function, class Element>
auto call_with(Element&& element) {
  using arguments = typename signature_of<Function>::arguments;
  static_assert(std::tuple_size_v<arguments> == 1,
                "map calls a function of one argument; starmap takes tuples of several");
  return arguments(std::forward<Element>(element));
}
/// The arguments of a call with what is in this tuple.
template <auto Function, class Tuple>
auto call_with_all_of(Tuple&& tuple) {
  return std::make_from_tuple<typename signature_of<Function>::arguments>(
      std::forward<Tuple>(tuple));
}

// What is asked of a pool, and said to it.
stoppable_ask<messages::pool_submit> ask_submit(const pool_ref& to, const pool_terms& terms,
                                                parcel_of_calls calls, std::stop_token enough);
ask_operation<messages::pool_open> ask_open(const pool_ref& to, const pool_terms& terms,
                                            bool ordered, bool by_thread);
stoppable_ask<messages::pool_open> ask_open(const pool_ref& to, const pool_terms& terms,
                                            std::stop_token enough);
ask_operation<messages::pool_next> ask_next(const pool_ref& to, std::uint64_t stream);
stoppable_ask<messages::pool_next> ask_next(const pool_ref& to, std::uint64_t stream,
                                            std::stop_token enough);
void tell_feed(const pool_ref& to, std::uint64_t stream, parcel_of_calls calls, bool last);
void tell_drop(const pool_ref& to, std::uint64_t stream);

/// Makes what `carrier`, which has just been spawned, orders come before what is asked of the pool afterwards.
void let_begin(const pool_ref& to, const actor_ref<>& carrier);

/// Something that waits for a pool: `co_await` in an actor, `.get()` in a plain thread. Nothing happens
/// before one of these.
template <class T>
class [[nodiscard]] pool_operation {
 public:
  pool_operation(pool_ref to, task<T> work) noexcept : to_(to), work_(std::move(work)) {}

  auto operator co_await() && { return std::move(work_); }

  /// Begins now: it comes before what is asked of the pool afterwards. The callbacks are called, one of them and
  /// once, by an actor of their own, before the result is ready.
  pool_result<T> start(value_callback<T> on_value = {}, error_callback on_error = {}) && {
    auto kept = std::make_shared<pool_result_state<T>>();
    const auto carrier =
        spawn_function<&carry_result<T>>(system_of_pool(to_), nullptr, std::move(work_), kept,
                                         std::move(on_value), std::move(on_error));
    let_begin(to_, carrier);
    return {std::move(kept), carrier};
  }

  /// \throws misuse_error inside an actor, where it would block a worker
  T get() && {
    system_core& system = system_of_pool(to_);
    if constexpr (std::is_void_v<T>) {
      run_blocking(system, std::move(work_));
    } else {
      std::optional<T> got;
      run_blocking(system, fetch(std::move(work_), got));
      return std::move(*got);
    }
  }

 private:
  static task<void> fetch(task<T> work, std::optional<T>& got) {
    got.emplace(co_await std::move(work));
  }

  pool_ref to_;
  task<T> work_;
};

/// The calls of an order before it is given.
template <auto Function, class... Errors>
struct pool_request {
  using entry = pool_entry<Function, Errors...>;
  using calls = typename entry::calls;
  using value = value_of<Function>;
  using outcomes = std::vector<task_outcome<value>>;

  pool_ref to;
  pool_terms terms = {};
  std::shared_ptr<calls> all = std::make_shared<calls>();
  std::function<void(std::size_t, std::size_t)> progress = {};
  std::stop_token token = {};

  parcel_of_calls carry() { return {entry::function(), std::move(all)}; }

  /// Appends what a piece says of its tasks.
  static void append(outcomes& to, messages::pool_report& report) {
    for (auto& piece : report.pieces) {
      if (piece.failed) {
        for (std::uint64_t i = 0; i < piece.count; ++i) to.emplace_back(*piece.failed);
      } else {
        auto& got = static_cast<typename calls::outcomes&>(*piece.outcomes.batch()).all;
        for (auto& each : got) to.push_back(std::move(each));
      }
    }
  }

  /// All at once, or bit by bit if somebody wants to know how far it is.
  static task<outcomes> run(pool_request order) {
    if (order.progress) {
      auto watched = run_watched(std::move(order));
      co_return co_await std::move(watched);
    }
    auto question = ask_submit(order.to, order.terms, order.carry(), order.token);
    messages::pool_report report = co_await std::move(question);
    outcomes all;
    append(all, report);
    co_return all;
  }

 private:
  static task<outcomes> run_watched(pool_request order) {
    const std::size_t total = order.all->size();
    auto opening = ask_open(order.to, order.terms, order.token);
    const messages::pool_stream_opened stream = co_await std::move(opening);
    tell_feed(order.to, stream.stream, order.carry(), true);
    outcomes all;
    for (bool over = false; !over;) {
      auto question = ask_next(order.to, stream.stream, order.token);
      messages::pool_report report = co_await std::move(question);
      append(all, report);
      over = report.over;
      order.progress(all.size(), total);
    }
    co_return all;
  }
};

/// The values, or the first failure. \throws what that raises
template <class R>
auto values_of(std::vector<task_outcome<R>> all) {
  if constexpr (std::is_void_v<R>) {
    for (auto& each : all) each.value();
  } else {
    std::vector<R> values;
    values.reserve(all.size());
    for (auto& each : all) values.push_back(std::move(each).value());
    return values;
  }
}

}  // namespace troupe::detail
