// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/gather.hpp>
#include <tuple>
#include <variant>

/// Asks of different kinds at once.
namespace troupe {
namespace detail {

template <class M>
struct joined_ask : gathered_ask<reply_of<M>> {
  static_assert(fits_frame<reply_of<M>>, "a reply may ask for at most 16-byte alignment");
  explicit joined_ask(ask_operation<M>&& ask) noexcept : parts(std::move(ask).parts()) {}

  void begin(cell& c, gathering& all) {
    this->prepare(all, parts.to);
    add_ask(c, *this, parts.timeout);
    send_question(parts.to, parts.question.release(), {this->id, c.self(), this->deadline});
  }
  ask_parts parts;
};

template <bool Any, class... Ms>
class when_awaiter : gathering {
 public:
  explicit when_awaiter(ask_operation<Ms>&&... asks) : asks_(joined_ask<Ms>(std::move(asks))...) {
    open = sizeof...(Ms);
    wanted = Any ? 1 : open + 1;
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    home_ = h.promise().home;
    whole = h;
    std::apply([&](auto&... one) { (one.begin(*home_, *this), ...); }, asks_);
  }
  auto await_resume() {
    std::apply([&](auto&... one) { (one.give_up(*home_, &cancelled_failure), ...); }, asks_);
    if constexpr (Any) {
      return first_success(std::index_sequence_for<Ms...>{});
    } else {
      return std::apply([](auto&... one) { return std::tuple(std::move(*one.result)...); }, asks_);
    }
  }

 private:
  using any = std::variant<outcome<reply_of<Ms>>...>;

  template <std::size_t... I>
  any first_success(std::index_sequence<I...>) {
    std::size_t first = 0;
    (void)((std::get<I>(asks_).result->has_value() ? (first = I, true) : false) || ...);
    std::optional<any> taken;
    (void)((I == first
                ? (taken.emplace(std::in_place_index<I>, std::move(*std::get<I>(asks_).result)),
                   true)
                : false) ||
           ...);
    return std::move(*taken);
  }

  cell* home_ = nullptr;
  std::tuple<joined_ask<Ms>...> asks_;
};

}  // namespace detail

/// `auto got = co_await when_all(a.ask(sum{}), b.ask(name{}, 1s));` asks both at once and waits for
/// both ends: std::tuple<outcome<long>, outcome<std::string>>. Each ask has its own timeout.
template <class... Ms>
  requires(sizeof...(Ms) > 0)
[[nodiscard]] auto when_all(ask_operation<Ms>... asks) {
  return detail::when_awaiter<false, Ms...>(std::move(asks)...);
}

/// The same, but goes on with the first success: a std::variant of the outcomes that holds it (the
/// first alternative, a failure, if none succeeded). The others are withdrawn.
template <class... Ms>
  requires(sizeof...(Ms) > 0)
[[nodiscard]] auto when_any(ask_operation<Ms>... asks) {
  return detail::when_awaiter<true, Ms...>(std::move(asks)...);
}

}  // namespace troupe
