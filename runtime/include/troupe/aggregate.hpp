// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The members of a plain aggregate, by Boost.PFR. They are counted here and not by PFR, whose search
// grows with the size of a type in bits (a 64 KiB array as a member would not compile) and which
// ends in errors of its own for base classes and C arrays instead of an answer.

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>

namespace troupe::detail {

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-braces"
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#pragma clang diagnostic ignored "-Wundefined-inline"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

inline constexpr std::size_t members_max = 100;

/// Converts to a base class of T and nothing else.
template <class T>
struct any_base_of {
  template <class Base>
    requires(std::is_base_of_v<Base, T> && !std::same_as<Base, T>)
  operator Base() const;
};
template <class T>
concept has_base_class = requires { T{any_base_of<T>{}}; };

/// Converts to whatever a member is.
template <class T>
using any_member =
    std::conditional_t<std::is_copy_constructible_v<T>, boost::pfr::detail::ubiq_lref_constructor,
                       boost::pfr::detail::ubiq_rref_constructor>;

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{any_member<T>{I}...}; };
}

/// \return number of members, the elements of a C array counted one by one; or members_max + 1
template <class T, std::size_t Least = 0>
constexpr std::size_t count_members() {
  if constexpr (Least <= members_max && takes<T>(std::make_index_sequence<Least + 1>{})) {
    return count_members<T, Least + 1>();
  } else {
    return Least;
  }
}

template <class T, std::size_t... Before, std::size_t... Behind>
constexpr bool takes_braces_at(std::index_sequence<Before...>, std::index_sequence<Behind...>) {
  return requires { T{any_member<T>{Before}..., {}, any_member<T>{Behind}...}; };
}

/// Whether each initialiser stands for one member: `{}` would swallow a whole C array.
template <class T, std::size_t Count, std::size_t... I>
constexpr bool one_by_one(std::index_sequence<I...>) {
  return (takes_braces_at<T>(std::make_index_sequence<I>{},
                             std::make_index_sequence<Count - I - 1>{}) &&
          ...);
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <class T>
inline constexpr std::size_t member_count = count_members<T>();

template <class T>
concept initialised_aggregate =
    std::is_aggregate_v<T> && !std::is_union_v<T> && requires { T{}; } && !has_base_class<T>;

/// Whether the members of T can be visited one by one.
template <class T>
constexpr bool plain_aggregate() {
  if constexpr (initialised_aggregate<T>) {
    constexpr std::size_t count = member_count<T>;
    return count != 0 && count <= members_max &&
           one_by_one<T, count>(std::make_index_sequence<count>{});
  } else {
    return false;
  }
}

template <class T>
using member_references = decltype(boost::pfr::detail::tie_as_tuple(
    std::declval<T&>(), boost::pfr::detail::size_t_<member_count<T>>{}));

/// Calls `visit` with all members of `value` at once, in order. \return what it returns
template <class T, class Visit>
constexpr decltype(auto) with_members(T& value, Visit&& visit) {
  const auto members =
      boost::pfr::detail::tie_as_tuple(value, boost::pfr::detail::size_t_<member_count<T>>{});
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
    return visit(boost::pfr::detail::sequence_tuple::get<I>(members)...);
  }(std::make_index_sequence<member_count<T>>{});
}

}  // namespace troupe::detail
