// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a type looks like as bytes, known at compile time: of what it is made, the fewest bytes it
// takes, whether memory and wire agree, and the two hashes by which peers find out whether they mean
// the same message. Hashes are made of wire kinds, never of a compiler's spelling, and must never
// change for an unchanged type: peers of different releases compare them.

#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <troupe/wire_kind.hpp>

namespace troupe {
namespace detail {

// --- what a type is made of --------------------------------------------------------------------

template <class... Ts>
struct type_list {};

template <class T>
struct arguments_of;
template <template <class...> class Template, class... Ts>
struct arguments_of<Template<Ts...>> {
  using type = type_list<Ts...>;
};

template <class T>
struct members_of;
template <class... References>
struct members_of<boost::pfr::detail::sequence_tuple::tuple<References...>> {
  using type = type_list<std::remove_reference_t<References>...>;
};

/// The parts of a type as a type_list: what the layout of `T` depends on.
template <class T>
constexpr auto parts_of() {
  constexpr wire_kind k = wire_kind_of<T>;
  if constexpr (k == wire_kind::sequence || k == wire_kind::set || k == wire_kind::optional) {
    return type_list<typename T::value_type>{};
  } else if constexpr (k == wire_kind::map) {
    return type_list<typename T::key_type, typename T::mapped_type>{};
  } else if constexpr (k == wire_kind::owner) {
    return type_list<typename T::element_type>{};
  } else if constexpr (k == wire_kind::variant || k == wire_kind::tuple) {
    return typename arguments_of<T>::type{};
  } else if constexpr (k == wire_kind::array) {
    return type_list<std::remove_cvref_t<decltype(*std::begin(std::declval<T&>()))>>{};
  } else if constexpr (k == wire_kind::duration) {
    return type_list<typename T::rep>{};
  } else if constexpr (k == wire_kind::time_point) {
    return type_list<typename T::duration>{};
  } else if constexpr (k == wire_kind::aggregate) {
    return typename members_of<member_references<T>>::type{};
  } else {
    return type_list<>{};
  }
}

template <class... Ts>
constexpr std::size_t list_size(type_list<Ts...>) {
  return sizeof...(Ts);
}

template <class T>
using wire_parts = decltype(parts_of<std::remove_cv_t<T>>());

template <class T>
constexpr std::size_t array_size() {
  if constexpr (std::is_bounded_array_v<T>)
    return std::extent_v<T>;
  else
    return std::tuple_size_v<T>;
}

// --- bytes on the wire -------------------------------------------------------------------------

/// An extended double has 10 bytes of value and 6 of whatever was in memory before.
template <class T>
inline constexpr std::size_t real_bytes =
    std::is_same_v<T, long double> && LDBL_MANT_DIG == 64 ? 10 : sizeof(T);

template <class T>
constexpr std::size_t wire_bytes_min();

template <class... Ts>
constexpr std::size_t wire_bytes_sum(type_list<Ts...>) {
  return (std::size_t{0} + ... + wire_bytes_min<Ts>());
}
template <class First, class... Ts>
constexpr std::size_t wire_bytes_least(type_list<First, Ts...>) {
  std::size_t least = wire_bytes_min<First>();
  ((least = wire_bytes_min<Ts>() < least ? wire_bytes_min<Ts>() : least), ...);
  return least;
}

/// \return the fewest bytes a value can take; 0 for empty types and for what only cereal knows
template <class T>
constexpr std::size_t wire_bytes_min() {
  constexpr wire_kind k = wire_kind_of<T>;
  if constexpr (k == wire_kind::boolean || k == wire_kind::optional || k == wire_kind::owner) {
    return 1;
  } else if constexpr (k == wire_kind::integer || k == wire_kind::enumeration) {
    return sizeof(T);
  } else if constexpr (k == wire_kind::real) {
    return real_bytes<T>;
  } else if constexpr (k == wire_kind::text || k == wire_kind::sequence || k == wire_kind::map ||
                       k == wire_kind::set) {
    return sizeof(std::uint32_t);
  } else if constexpr (k == wire_kind::variant) {
    return 1 + wire_bytes_least(wire_parts<T>{});
  } else if constexpr (k == wire_kind::array) {
    return array_size<T>() * wire_bytes_sum(wire_parts<T>{});
  } else if constexpr (k == wire_kind::own_format) {
    return wire_format<T>::wire_bytes_min;
  } else {
    return wire_bytes_sum(wire_parts<T>{});
  }
}

template <class T>
constexpr bool is_bulk();

template <class... Ts>
constexpr bool are_bulk(type_list<Ts...>) {
  return (is_bulk<Ts>() && ...);
}

/// \return whether the bytes in memory are the bytes on the wire, and any bytes are a value
template <class T>
constexpr bool is_bulk() {
  constexpr wire_kind k = wire_kind_of<T>;
  if constexpr (k == wire_kind::real) {
    return real_bytes<T> == sizeof(T);
  } else if constexpr (k == wire_kind::array || k == wire_kind::aggregate) {
    // Without padding the sizes of the parts add up to the whole.
    return std::is_trivially_copyable_v<T> && are_bulk(wire_parts<T>{}) &&
           wire_bytes_min<T>() == sizeof(T);
  } else {
    return k == wire_kind::integer || (k == wire_kind::enumeration && !boolean_enumeration<T>);
  }
}

// --- identity ----------------------------------------------------------------------------------

/// FNV-1a, 64 bits: short, the same everywhere, good enough for the names of one program.
struct identity_hash {
  std::uint64_t value = 0xcbf29ce484222325;
  constexpr void add(char c) { value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3; }
  constexpr void add(std::string_view text) {
    for (const char c : text) add(c);
  }
  constexpr void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) add(static_cast<char>(number >> (8 * i) & 0xff));
  }
};

constexpr const char* kind_text(wire_kind k) {
  constexpr const char* texts[] = {
      "bool",      "int",      "float",   "enum",    "string", "sequence",   "map",        "set",
      "optional",  "optional", "variant", "tuple",   "array",  "duration",   "time_point", "empty",
      "aggregate", "own",      "custom",  "pointer", "local",  "unsupported"};
  return texts[static_cast<std::size_t>(k)];
}

template <class T, class... Above>
constexpr std::uint64_t layout_of();

template <class... Above, class... Ts>
constexpr void add_parts(identity_hash& hash, type_list<Ts...>) {
  (hash.add(layout_of<Ts, Above...>()), ...);
}

/// What tells two layouts of the same kind and parts apart.
template <class T>
constexpr void add_own(identity_hash& hash) {
  constexpr wire_kind k = wire_kind_of<T>;
  if constexpr (k == wire_kind::integer) {
    // char has a sign on some machines and none on others, and means neither.
    hash.add(std::is_same_v<T, char> ? 'c' : std::is_signed_v<T> ? 'i' : 'u');
    hash.add(std::uint64_t{sizeof(T)});
  } else if constexpr (k == wire_kind::real) {
    hash.add(std::uint64_t{real_bytes<T>});
  } else if constexpr (k == wire_kind::enumeration) {
    hash.add(layout_of<std::underlying_type_t<T>>());
  } else if constexpr (k == wire_kind::text) {
    hash.add(layout_of<typename T::value_type>());
  } else if constexpr (k == wire_kind::array) {
    hash.add(std::uint64_t{array_size<T>()});
  } else if constexpr (k == wire_kind::duration) {
    hash.add(static_cast<std::uint64_t>(T::period::num));
    hash.add(static_cast<std::uint64_t>(T::period::den));
  } else if constexpr (k == wire_kind::own_format) {
    hash.add(std::string_view(wire_format<T>::layout));
  }
}

template <class T, class... Above>
constexpr std::uint64_t layout_of() {
  static_assert(check_sendable<T>());
  identity_hash hash;
  if constexpr ((std::is_same_v<T, Above> || ...)) {
    std::uint64_t depth = 0;  // a type within itself: how many levels up it began
    (void)((++depth, std::is_same_v<T, Above>) || ...);
    hash.add("again");
    hash.add(depth);
  } else {
    hash.add(kind_text(wire_kind_of<T>));
    add_own<T>(hash);
    add_parts<T, Above...>(hash, wire_parts<T>{});
  }
  hash.add('.');
  return hash.value;
}

// --- what stays at home ------------------------------------------------------------------------

template <class T, class... Above>
constexpr bool contains_local_only();

template <class... Above, class... Ts>
constexpr bool any_local_only(type_list<Ts...>) {
  return (contains_local_only<Ts, Above...>() || ...);
}

template <class T, class... Above>
constexpr bool contains_local_only() {
  if constexpr (wire_kind_of<T> == wire_kind::local)
    return true;
  else if constexpr ((std::is_same_v<T, Above> || ...))
    return false;
  else
    return any_local_only<T, Above...>(wire_parts<T>{});
}

}  // namespace detail

/// Whether values of T may leave the process: neither T nor anything seen inside it says
/// `static constexpr bool local_only = true;`. A T that could not be sent for another reason is
/// reported where it is encoded, not turned into a local one behind its author's back.
template <class T>
concept encodable = !detail::contains_local_only<T>();

/// \return a hash of what T looks like as bytes
template <class T>
constexpr std::uint64_t layout_hash() noexcept {
  return detail::layout_of<T>();
}

/// \return the identity of a message on the wire: name and layout; never 0
template <class T>
constexpr std::uint64_t type_id() noexcept {
  detail::identity_hash hash;
  hash.add(type_name<T>());
  hash.add(layout_hash<T>());
  return hash.value != 0 ? hash.value : 1;
}

}  // namespace troupe
