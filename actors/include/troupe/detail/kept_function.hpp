// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>
#include <troupe/detail/spawn.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

/// The functions that are sent to what a keeper keeps: `long add(long& value, long by)`. The first parameter
/// is what they look at or change, the others come along in the message.
namespace troupe::detail {

/// How a function is let at what is kept.
struct in_place {};   ///< it only looks, or it cannot fail half-way
struct on_a_copy {};  ///< it changes a copy, which takes the place of the original if it returns

template <class First>
inline constexpr bool is_shown =
    std::is_lvalue_reference_v<First> && std::is_const_v<std::remove_reference_t<First>>;
template <class T>
inline constexpr bool is_shown<std::span<const T>> = true;

template <class First>
inline constexpr bool is_lent = std::is_lvalue_reference_v<First>;
template <class T>
inline constexpr bool is_lent<std::span<T>> = true;

template <class R, class First, bool Noexcept, class... Args>
struct kept_function_parts {
  static_assert(
      is_lent<First>,
      "the first parameter of a function that is sent to what is kept must be a reference to it "
      "(of an array, a std::span): a copy would be changed in vain");
  using reply = std::remove_cvref_t<R>;
  using arguments = std::tuple<std::decay_t<Args>...>;
  using care = std::conditional_t<Noexcept || is_shown<First>, in_place, on_a_copy>;
  static constexpr bool shows = is_shown<First>;
};

template <class F>
struct kept_function;
template <class R, class First, class... Args>
struct kept_function<R (*)(First, Args...)> : kept_function_parts<R, First, false, Args...> {};
template <class R, class First, class... Args>
struct kept_function<R (*)(First, Args...) noexcept>
    : kept_function_parts<R, First, true, Args...> {};

/// Whether its name tells it from all other functions, in every process of the program.
template <auto Function>
constexpr bool has_name_of_its_own() {
  for (const std::string_view shared : {"(anonymous namespace)", "{anonymous}", "lambda"}) {
    if (function_name<Function>().find(shared) != std::string_view::npos) return false;
  }
  return true;
}

/// Said where something is spawned to be shared: before, the type may not be complete.
template <class T>
constexpr void require_whole_moves() {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                "what is shared must move without throwing, so that there is never half of it");
}

/// Lets `work` at `what` as `Care` says. \return what it returns   \throws what it throws; then nothing
/// has changed
template <class Care, class T, class Work>
auto let_at(T& what, Work work) {
  if constexpr (std::is_same_v<Care, in_place>) {
    return work(what);
  } else {
    require_whole_moves<T>();
    T copy = what;
    if constexpr (std::is_void_v<decltype(work(copy))>) {
      work(copy);
      what = std::move(copy);
    } else {
      auto result = work(copy);
      what = std::move(copy);
      return result;
    }
  }
}

}  // namespace troupe::detail
