// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ranges>
#include <troupe/ask.hpp>
#include <vector>

/// Many asks at once. All leave before the first answer is waited for; nothing here throws what an
/// ask ends with: each outcome tells for itself. Those whose answer is not needed any more are
/// withdrawn, and who was asked learns it (actor_base::cancellation()).
namespace troupe {
namespace detail {

/// What counts the outcomes of many asks and decides when to go on.
struct gathering : wait_node {
  std::size_t open = 0;    ///< asks that have not ended
  std::size_t wanted = 0;  ///< successes that are enough
  std::size_t successes = 0;
  std::coroutine_handle<> whole;  ///< goes on when it is decided

  bool decided() const noexcept { return open == 0 || successes >= wanted; }
  void note(wait_node& one, bool success) noexcept {
    --open;
    if (success) ++successes;
    one.waiter = decided() ? std::exchange(whole, {}) : std::coroutine_handle<>{};
  }
};

/// One of many asks: keeps its outcome and tells the gathering.
template <class R>
struct gathered_ask : wait_node {
  gathering* all = nullptr;
  std::optional<outcome<R>> result;

  void prepare(gathering& g, const address& to) noexcept {
    all = &g;
    whom = to;
    complete = [](wait_node& self, envelope* answer) {
      auto& one = static_cast<gathered_ask&>(self);
      take_outcome(answer, one.result);
      one.all->note(one, one.result->has_value());
    };
  }
  /// Nobody waits for it any more.
  void give_up(cell& c, failure (*why)()) {
    if (result) return;
    if (take_wait(c, id)) withdraw_ask(c, *this);
    result.emplace(why());
  }
};

/// The deadline of a whole gathering, and its end.
class gathering_awaiter : protected gathering {
 public:
  bool await_ready() const noexcept { return open == 0 || wanted == 0; }

 protected:
  explicit gathering_awaiter(std::chrono::nanoseconds timeout) noexcept
      : timeout_(timeout.count()) {
    what = awaited::time;
  }

  /// \return the deadline that all share; 0: none
  std::int64_t begin(cell& c, std::coroutine_handle<> h) {
    home_ = &c;
    whole = h;
    deadline = ask_deadline(c, timeout_);
    if (deadline == 0) return 0;
    complete = [](wait_node& self, envelope*) {
      auto& all = static_cast<gathering_awaiter&>(self);
      all.late_ = true;
      self.waiter = std::exchange(all.whole, {});
    };
    add_wait(c, *this);
    return deadline;
  }
  /// \return why those that have not ended yet do so now
  auto end() noexcept -> failure (*)() {
    if (deadline != 0 && !late_) take_wait(*home_, id);
    return late_ ? &timeout_failure : &cancelled_failure;
  }
  cell& home() const noexcept { return *home_; }

 private:
  std::int64_t timeout_;
  cell* home_ = nullptr;
  bool late_ = false;
};

/// The same message to many. `Take` makes the value of the whole from the outcomes.
template <class M, class Take>
class ask_many_awaiter : gathering_awaiter {
  using reply = reply_of<M>;
  static_assert(alignof(M) <= frame_alignment && fits_frame<reply>,
                "what a coroutine asks and gets may want at most 16-byte alignment");

 public:
  ask_many_awaiter(std::vector<address> to, M message, std::size_t enough,
                   std::chrono::nanoseconds timeout)
      : gathering_awaiter(timeout), to_(std::move(to)), message_(std::move(message)) {
    ensure_registered<M>();
    ensure_registered<reply>();
    open = to_.size();
    wanted = enough;
  }
  using gathering_awaiter::await_ready;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    cell& c = *h.promise().home;
    const std::int64_t shared = begin(c, h);
    asks_ = std::vector<gathered_ask<reply>>(to_.size());
    for (std::size_t i = 0; i < to_.size(); ++i) {
      gathered_ask<reply>& one = asks_[i];
      one.prepare(*this, to_[i]);
      add_wait(c, one);
      send_question(to_[i], make_envelope(envelope_kind::ask, std::as_const(message_)),
                    {one.id, c.self(), shared});
    }
  }
  auto await_resume() {
    if (!asks_.empty()) {
      const auto why = end();
      for (auto& one : asks_) one.give_up(home(), why);
    }
    return Take{}(asks_);
  }

 private:
  std::vector<address> to_;
  M message_;
  std::vector<gathered_ask<reply>> asks_;
};

}  // namespace detail

/// One that has succeeded, of many that were asked.
template <class R>
struct answer_from {
  std::size_t index;  ///< of the ref that was asked
  outcome<R> result;
};

namespace detail {

template <class R>
struct take_all {
  std::vector<outcome<R>> operator()(std::vector<gathered_ask<R>>& asks) const {
    std::vector<outcome<R>> all;
    all.reserve(asks.size());
    for (auto& one : asks) all.push_back(std::move(*one.result));
    return all;
  }
};
template <class R>
struct take_successes {
  std::vector<answer_from<R>> operator()(std::vector<gathered_ask<R>>& asks) const {
    std::vector<answer_from<R>> all;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (asks[i].result->has_value()) all.push_back({i, std::move(*asks[i].result)});
    }
    return all;
  }
};
template <class R>
struct take_any {
  outcome<R> operator()(std::vector<gathered_ask<R>>& asks) const {
    for (auto& one : asks) {
      if (one.result->has_value()) return std::move(*one.result);
    }
    if (asks.empty()) return failure{errc::misuse, "ask_any was given nobody to ask", {}};
    return std::move(*asks.back().result);
  }
};

template <class Refs>
std::vector<address> addresses_of(const Refs& refs) {
  std::vector<address> all;
  if constexpr (std::ranges::sized_range<const Refs>) all.reserve(std::ranges::size(refs));
  for (const auto& ref : refs) all.push_back(ref.where());
  return all;
}
template <class Refs, class M>
concept refs_accepting =
    std::ranges::input_range<const Refs> &&
    accepted_by<M, typename std::ranges::range_value_t<const Refs>::protocol_type>;

}  // namespace detail

/// Asks all `refs` the same: `std::vector<outcome<R>> all = co_await ask_all(refs, question{}, 1s);`
/// in the order of refs.
/// \param timeout  for all of them together; 0: none   \cost linear; one copy of `message` for each
template <class Refs, class M>
  requires detail::refs_accepting<Refs, M>
[[nodiscard]] auto ask_all(const Refs& refs, M message, std::chrono::nanoseconds timeout = {}) {
  auto to = detail::addresses_of(refs);
  const std::size_t all = to.size() + 1;  // that many never succeed: wait for every end
  return detail::ask_many_awaiter<M, detail::take_all<reply_of<M>>>(
      std::move(to), std::move(message), all, timeout);
}

/// Asks all and goes on with the first `n` successes: std::vector<answer_from<R>>, in the order of
/// refs, shorter if too many failed or time is up.
template <class Refs, class M>
  requires detail::refs_accepting<Refs, M>
[[nodiscard]] auto ask_first(std::size_t n, const Refs& refs, M message,
                             std::chrono::nanoseconds timeout = {}) {
  return detail::ask_many_awaiter<M, detail::take_successes<reply_of<M>>>(
      detail::addresses_of(refs), std::move(message), n, timeout);
}

/// Asks all and goes on with the first success, an outcome<R>; a failure if nobody succeeded.
template <class Refs, class M>
  requires detail::refs_accepting<Refs, M>
[[nodiscard]] auto ask_any(const Refs& refs, M message, std::chrono::nanoseconds timeout = {}) {
  return detail::ask_many_awaiter<M, detail::take_any<reply_of<M>>>(detail::addresses_of(refs),
                                                                    std::move(message), 1, timeout);
}

}  // namespace troupe
