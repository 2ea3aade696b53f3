// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <ranges>
#include <troupe/detail/pool_operation.hpp>

namespace troupe {

/// What a pool makes of an input that is only read as far as needed:
///
///   auto pages = workers.imap<&render>(urls).chunk(4);
///   while (auto page = co_await pages.next()) print(*page);       // .get() in a plain thread
///
/// Of the input so many elements are taken before what comes of them has been: that bounds what lies
/// in the pool. If reading it throws, what was read before still comes, and then that exception. One
/// that is dropped early drops what has not begun. \thread one at a time
template <auto Function, std::ranges::view Source, class... Errors>
class pool_stream {
  using request = detail::pool_request<Function, Errors...>;
  using value = typename request::value;

 public:
  using value_type = std::conditional_t<std::is_void_v<value>, std::monostate, value>;

  /// For the pool.
  pool_stream(detail::pool_ref to, Source source, bool ordered)
      : state_(std::make_shared<state>(to, std::move(source), ordered)) {}

  /// As in pool_tasks, all of these; before the first next().
  pool_stream&& chunk(std::size_t tasks) && {
    state_->terms.chunk = detail::checked_chunk(tasks);
    return std::move(*this);
  }
  pool_stream&& idempotent() && {
    static_assert(std::copy_constructible<typename request::calls::arguments>,
                  "what may be done again needs arguments that can be copied");
    state_->terms.idempotent = true;
    return std::move(*this);
  }
  pool_stream&& timeout(std::chrono::nanoseconds limit) && {
    state_->terms.timeout = detail::checked_limit(limit);
    return std::move(*this);
  }
  /// How many elements are taken ahead; default: four chunks for each worker. \throws as chunk()
  pool_stream&& ahead(std::size_t tasks) && {
    state_->ahead = detail::checked_chunk(tasks);
    return std::move(*this);
  }

  /// The next value; nothing at the end. \throws what a failed task raises, and goes on after it; what
  /// reading the input threw; misuse_error if the pool is closed
  auto next() { return operation(next_value(state_)); }
  /// The same as a value: what became of the next task.
  auto next_outcome() { return operation(next_of(state_)); }

 private:
  struct state {
    state(detail::pool_ref pool, Source elements, bool in_order)
        : to(pool),
          source(std::move(elements)),
          ordered(in_order),
          by_thread(detail::running_cell() == nullptr) {
      terms.chunk = 1;
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() {
      if (opened && !over) detail::tell_drop(to, stream);
    }

    const detail::pool_ref to;
    Source source;
    const bool ordered;
    const bool by_thread;
    detail::pool_terms terms;
    std::uint64_t ahead = 0;
    bool opened = false;
    std::uint64_t stream = 0;
    std::optional<std::ranges::iterator_t<Source>> at;
    bool all_read = false;
    std::exception_ptr read_error;
    std::uint64_t fed = 0;
    std::uint64_t taken = 0;
    std::deque<task_outcome<value>> ready;
    bool over = false;
  };
  using shared_state = std::shared_ptr<state>;

  template <class T>
  detail::pool_operation<T> operation(task<T> work) {
    return {state_->to, std::move(work)};
  }

  /// Reads up to a chunk.
  static void read(state& s, std::vector<typename request::calls::arguments>& into) {
    try {
      if (!s.at) s.at.emplace(std::ranges::begin(s.source));
      while (into.size() < s.terms.chunk && *s.at != std::ranges::end(s.source)) {
        into.push_back(detail::call_with<Function>(**s.at));
        ++*s.at;
      }
      s.all_read = into.size() < s.terms.chunk;
    } catch (...) {
      s.read_error = std::current_exception();
      s.all_read = true;
    }
  }
  static void feed(state& s) {
    while (!s.all_read && s.fed - s.taken + s.terms.chunk <= s.ahead) {
      request order;
      read(s, order.all->all);
      s.fed += order.all->size();
      const bool some = order.all->size() != 0;
      detail::tell_feed(s.to, s.stream, some ? order.carry() : detail::parcel_of_calls{},
                        s.all_read);
    }
  }

  static task<void> open(shared_state s) {
    auto opening = detail::ask_open(s->to, s->terms, s->ordered, s->by_thread);
    const messages::pool_stream_opened got = co_await std::move(opening);
    s->stream = got.stream;
    s->opened = true;
    if (s->ahead == 0) s->ahead = std::uint64_t{4} * got.workers * s->terms.chunk;
    s->ahead = std::max<std::uint64_t>(s->ahead, s->terms.chunk);
  }

  static task<std::optional<task_outcome<value>>> next_of(shared_state s) {
    if (!s->opened) {
      auto opening = open(s);
      co_await std::move(opening);
    }
    feed(*s);
    while (s->ready.empty() && !s->over) {
      auto question = detail::ask_next(s->to, s->stream);
      messages::pool_report report = co_await std::move(question);
      typename request::outcomes got;
      request::append(got, report);
      for (auto& each : got) s->ready.push_back(std::move(each));
      s->over = report.over;
    }
    if (s->ready.empty()) {
      if (s->read_error) std::rethrow_exception(std::exchange(s->read_error, nullptr));
      co_return std::nullopt;
    }
    std::optional<task_outcome<value>> first(std::move(s->ready.front()));
    s->ready.pop_front();
    ++s->taken;
    co_return first;
  }
  static task<std::optional<value_type>> next_value(shared_state s) {
    auto waiting = next_of(std::move(s));
    auto got = co_await std::move(waiting);
    if (!got) co_return std::nullopt;
    if constexpr (std::is_void_v<value>) {
      got->value();
      co_return std::monostate{};
    } else {
      co_return std::move(*got).value();
    }
  }

  shared_state state_;
};

}  // namespace troupe
