// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <troupe/detail/spawn.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

/// From what a child specification says to an actor that can be made again in place.
namespace troupe::detail {

template <class P>
struct types_of_protocol;
template <class... Ms>
struct types_of_protocol<protocol<Ms...>> {
  static constexpr accepted_types value{types_of<Ms...>};
};

template <class A, class... Args>
class class_maker final : public body_maker {
 public:
  template <class... Values>
  explicit class_maker(std::in_place_t, Values&&... values)
      : arguments_(std::forward<Values>(values)...) {}
  const actor_class& kind() const noexcept override { return class_of<A>; }
  accepted_types accepted() const noexcept override {
    return types_of_protocol<typename A::protocol_type>::value;
  }
  void make(cell& home) const override {
    std::apply([&](const Args&... each) { construct_body<A>(home, each...); }, arguments_);
  }

 private:
  std::tuple<Args...> arguments_;
};

template <auto Function>
class function_maker final : public body_maker {
  using traits = function_traits<decltype(Function)>;

 public:
  template <class... Values>
  explicit function_maker(std::in_place_t, Values&&... values)
      : arguments_(std::forward<Values>(values)...) {}
  const actor_class& kind() const noexcept override { return function_class<Function>; }
  accepted_types accepted() const noexcept override {
    return types_of_protocol<typename traits::mailbox_type::protocol_type>::value;
  }
  void make(cell& home) const override {
    std::apply(
        [&](const auto&... each) {
          start_body(home, Function(typename traits::mailbox_type(home), each...));
        },
        arguments_);
  }

 private:
  typename traits::arguments arguments_;
};

/// Opens a cell for a child of `owner` that can be restarted.
/// \param name  to be registered under; empty: none
/// \throws what the actor's constructor throws; name_error
address spawn_supervised(cell& owner, std::shared_ptr<const body_maker> maker,
                         std::int64_t stop_nanoseconds, std::string_view name,
                         const spawn_options& chosen);
void give_order(const address& child, supervision order) noexcept;

/// What a supervisor hears of a child.
struct child_change {
  enum class what : std::uint8_t { rested, begun, gone };
  what happened;
  address child;  ///< `gone`: its cell counts, the generation has moved on
  exit_reason why = {};
};

}  // namespace troupe::detail
