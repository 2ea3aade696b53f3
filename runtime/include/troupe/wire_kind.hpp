// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a type is to the codec: which of a handful of wire kinds it has. Standard types are known by
// what they offer, so that none of their headers is needed here, and come before cereal's functions
// for the same types; a user's own cereal functions come before all that is found out about a type.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <troupe/aggregate.hpp>
#include <troupe/archive.hpp>
#include <troupe/type_name.hpp>

namespace troupe::detail {

/// Specialise to give a type of the runtime bytes of its own without the price of an archive:
/// `static constexpr std::size_t wire_bytes_min`, `static constexpr std::string_view layout` (for
/// the layout hash), `static void write(byte_buffer&, const T&)`, `static bool read(wire_reader&, T&)`.
template <class T>
struct wire_format;

enum class wire_kind : std::uint8_t {
  boolean,
  integer,
  real,
  enumeration,
  text,
  sequence,
  map,
  set,
  optional,
  owner,
  variant,
  tuple,
  array,
  duration,
  time_point,
  empty,
  aggregate,
  own_format,
  cereal,
  pointer,
  local,
  unsupported,
};

template <class T>
concept has_wire_format = requires { wire_format<T>::wire_bytes_min; };
template <class T>
concept says_local_only = requires { requires static_cast<bool>(T::local_only); };
template <class T>
concept text_like = requires(T t, const T c) {
  typename T::traits_type;
  typename T::allocator_type;
  requires std::is_arithmetic_v<typename T::value_type>;
  t.assign(c.data(), c.size());
};
template <class T>
concept sequence_like = !requires { typename T::key_type; } && requires(T t, const T c) {
  typename T::value_type;
  c.begin() != c.end();
  { c.size() } -> std::convertible_to<std::size_t>;
  t.clear();
  t.emplace_back();
};
template <class T>
concept keyed = requires(T t, const T c) {
  typename T::key_type;
  typename T::value_type;
  c.begin() != c.end();
  { c.size() } -> std::convertible_to<std::size_t>;
  t.clear();
  t.emplace_hint(t.end(), std::declval<typename T::value_type>());
};
template <class T>
concept map_like = keyed<T> && requires { typename T::mapped_type; };
template <class T>
concept optional_like = requires(T t, const T c) {
  typename T::value_type;
  { c.has_value() } -> std::same_as<bool>;
  *c;
  t.reset();
  t.emplace();
};
template <class T>
concept duration_like = requires(const T c) {
  typename T::rep;
  T::period::num;
  T(c.count());
};
template <class T>
concept time_point_like = requires(const T c) {
  typename T::clock;
  typename T::duration;
  T(c.time_since_epoch());
};
template <class T>
concept smart_pointer_like = requires {
  typename T::element_type;
} && (requires(const T c) { c.get(); } || requires(const T c) { c.lock(); });

template <class T>
inline constexpr bool is_tuple = false;
template <class... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;
template <class A, class B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;

template <class T>
inline constexpr bool is_array = std::is_bounded_array_v<T>;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <template <class...> class Template, class... Ts>
inline constexpr bool is_variant<Template<Ts...>> =
    requires(const Template<Ts...> c) { c.valueless_by_exception(); };

/// The one pointer that can travel: it owns, alone, exactly what its type says.
template <class T>
inline constexpr bool is_owner = false;
template <class T>
inline constexpr bool is_owner<std::unique_ptr<T>> =
    !std::is_polymorphic_v<T> && !std::is_array_v<T> && !std::is_void_v<T>;

template <class T>
inline constexpr bool is_pointer =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
    (smart_pointer_like<T> && !is_owner<T>);

/// An enum without a fixed underlying type has no values but those of its enumerators' bits, and
/// nothing tells which those are: bytes could not be checked.
template <class T>
concept fixed_enumeration = std::is_enum_v<T> && requires { T{0}; };
template <class T>
concept boolean_enumeration = std::is_enum_v<T> && std::same_as<std::underlying_type_t<T>, bool>;

template <class T>
inline constexpr bool has_cereal_functions =
    cereal::traits::detail::count_output_serializers<T, out_archive>::value != 0;

template <class T>
inline constexpr bool is_standard = spelled<T>().starts_with("std::");

template <class T>
constexpr wire_kind kind_of_class() {
  // Twice, since it comes first for users' types and last for the standard's.
  if constexpr (!is_standard<T> && has_cereal_functions<T>)
    return wire_kind::cereal;  // NOLINT(bugprone-branch-clone)
  else if constexpr (text_like<T>)
    return wire_kind::text;
  else if constexpr (sequence_like<T>)
    return wire_kind::sequence;
  else if constexpr (map_like<T>)
    return wire_kind::map;
  else if constexpr (keyed<T>)
    return wire_kind::set;
  else if constexpr (optional_like<T>)
    return wire_kind::optional;
  else if constexpr (is_variant<T>)
    return wire_kind::variant;
  else if constexpr (is_tuple<T>)
    return wire_kind::tuple;
  else if constexpr (duration_like<T>)
    return wire_kind::duration;
  else if constexpr (time_point_like<T>)
    return wire_kind::time_point;
  else if constexpr (is_standard<T> && has_cereal_functions<T>)
    return wire_kind::cereal;
  else if constexpr (std::is_empty_v<T> && std::is_default_constructible_v<T>)
    return wire_kind::empty;
  else if constexpr (plain_aggregate<T>())
    return wire_kind::aggregate;
  else
    return wire_kind::unsupported;
}

template <class T>
constexpr wire_kind kind_of() {
  if constexpr (is_pointer<T>)
    return wire_kind::pointer;
  else if constexpr (std::is_same_v<T, bool>)
    return wire_kind::boolean;
  else if constexpr (std::is_integral_v<T>)
    return wire_kind::integer;
  else if constexpr (std::is_floating_point_v<T>)
    return wire_kind::real;
  else if constexpr (fixed_enumeration<T> || boolean_enumeration<T>)
    return wire_kind::enumeration;
  else if constexpr (is_array<T>)
    return wire_kind::array;
  else if constexpr (is_owner<T>)
    return wire_kind::owner;
  else if constexpr (!std::is_class_v<T>)
    return wire_kind::unsupported;
  else if constexpr (says_local_only<T>)
    return wire_kind::local;
  else if constexpr (has_wire_format<T>)
    return wire_kind::own_format;
  else
    return kind_of_class<T>();
}

template <class T>
inline constexpr wire_kind wire_kind_of = kind_of<std::remove_cv_t<T>>();

// --- what cannot be sent, in words -------------------------------------------------------------

// Variables and not concepts, because compilers then name the type in the complaint itself.
template <class T>
inline constexpr bool not_a_pointer = wire_kind_of<T> != wire_kind::pointer;
template <class T>
inline constexpr bool not_local_only = wire_kind_of<T> != wire_kind::local;
template <class T>
inline constexpr bool not_a_loose_enum =
    !std::is_enum_v<T> || wire_kind_of<T> == wire_kind::enumeration;
template <class T>
inline constexpr bool serialisable =
    wire_kind_of<T> != wire_kind::unsupported || !not_a_loose_enum<T>;

template <class T>
consteval bool check_sendable() {
  static_assert(not_a_pointer<T>,
                "pointers cannot be sent: a raw, shared, weak or polymorphic pointer means nothing "
                "to another process; hold the value, or a std::unique_ptr to a plain value, or say "
                "`static constexpr bool local_only = true;` in the message");
  static_assert(not_local_only<T>,
                "this type says local_only, so it cannot be part of what leaves the process");
  static_assert(not_a_loose_enum<T>,
                "an enum can be sent only with a fixed underlying type, since bytes from elsewhere "
                "could not be checked: write `enum color : int` or `enum class color`");
  static_assert(
      serialisable<T>,
      "this type cannot be sent: it is neither standard, nor has it cereal functions, nor "
      "is it an aggregate of at most 100 members without base class, C array or member "
      "that must be initialised: add a cereal serialize function");
  static_assert(!std::is_const_v<T>, "a const member cannot be received: make it non-const");
  return true;
}

}  // namespace troupe::detail
