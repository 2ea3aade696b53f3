// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// From value to bytes: one function, one branch for each wire kind. Numbers lie as in memory,
// little-endian. A count is a fixed 32-bit number: a load and a compare where a variable length
// would take a loop and a check for its canonical form, and no frame could carry more elements.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>

#include <troupe/layout.hpp>

namespace troupe::detail {

template <class T>
void write_value(byte_buffer& out, const T& value);

inline void write_count(byte_buffer& out, std::size_t count) {
  if (count > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
    throw std::length_error("troupe: more than 2^32 elements in one container");
  }
  out.put(static_cast<std::uint32_t>(count));
}

template <class T>
void write_elements(byte_buffer& out, const T& container) {
  using element = typename T::value_type;
  write_count(out, container.size());
  if constexpr (requires { container.data(); } && is_bulk<element>()) {
    out.append(container.data(), container.size() * sizeof(element));
  } else {
    for (const auto& each : container) write_value<element>(out, each);
  }
}

/// <variant> is not included for its own size: a variant's list of arguments is as good.
template <class T>
inline constexpr std::size_t alternatives = list_size(wire_parts<T>{});

template <class T>
void write_variant(byte_buffer& out, const T& value) {
  static_assert(alternatives<T> < 256, "a variant that is sent has at most 255 alternatives");
  // A variant left without value by an exception gets a tag that no reader accepts.
  out.put(static_cast<std::uint8_t>(value.index()));
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((value.index() == I && (write_value(out, *get_if<I>(&value)), true)) || ...);
  }(std::make_index_sequence<alternatives<T>>{});
}

template <class T>
void write_array(byte_buffer& out, const T& array) {
  for (const auto& each : array) write_value(out, each);
}

template <class T>
void write_value(byte_buffer& out, const T& value) {
  static_assert(check_sendable<T>());
  constexpr wire_kind k = wire_kind_of<T>;
  if constexpr (is_bulk<T>()) {
    std::memcpy(out.extend(sizeof value), std::addressof(value), sizeof value);
  } else if constexpr (k == wire_kind::boolean || k == wire_kind::enumeration) {
    out.put(static_cast<std::uint8_t>(value));  // an enum of bool: the others are bulk
  } else if constexpr (k == wire_kind::real) {
    out.append(&value, real_bytes<T>);
  } else if constexpr (k == wire_kind::text || k == wire_kind::sequence || k == wire_kind::set) {
    write_elements(out, value);
  } else if constexpr (k == wire_kind::map) {
    write_count(out, value.size());
    for (const auto& [key, mapped] : value) {
      write_value(out, key);
      write_value(out, mapped);
    }
  } else if constexpr (k == wire_kind::optional) {
    out.put(static_cast<std::uint8_t>(value.has_value()));
    if (value.has_value()) write_value<typename T::value_type>(out, *value);
  } else if constexpr (k == wire_kind::owner) {
    out.put(static_cast<std::uint8_t>(value != nullptr));
    if (value != nullptr) write_value(out, *value);
  } else if constexpr (k == wire_kind::variant) {
    write_variant(out, value);
  } else if constexpr (k == wire_kind::tuple) {
    std::apply([&](const auto&... each) { (write_value(out, each), ...); }, value);
  } else if constexpr (k == wire_kind::array) {
    write_array(out, value);
  } else if constexpr (k == wire_kind::duration) {
    write_value(out, value.count());
  } else if constexpr (k == wire_kind::time_point) {
    write_value(out, value.time_since_epoch());
  } else if constexpr (k == wire_kind::aggregate) {
    // Boost.PFR binds to non-const members; nothing is changed through them.
    with_members(const_cast<T&>(value),
                 [&](const auto&... each) { (write_value(out, each), ...); });
  } else if constexpr (k == wire_kind::own_format) {
    wire_format<T>::write(out, value);
  } else if constexpr (k == wire_kind::cereal) {
    out_archive(out).by_cereal(value);
  }
}

// --- what a user's cereal function hands to its archive ----------------------------------------

template <class T>
inline constexpr bool is_cereal_wrapper = false;
template <class T>
inline constexpr bool is_cereal_wrapper<cereal::virtual_base_class<T>> = true;
template <class T>
inline constexpr bool is_cereal_wrapper<cereal::DeferredData<T>> = true;

template <class T>
inline constexpr bool is_base_wrapper = false;
template <class T>
inline constexpr bool is_base_wrapper<cereal::base_class<T>> = true;

template <class T>
inline constexpr bool is_named = false;
template <class T>
inline constexpr bool is_named<cereal::NameValuePair<T>> = true;

template <class T>
inline constexpr bool is_size = false;
template <class T>
inline constexpr bool is_size<cereal::SizeTag<T>> = true;

template <class T>
inline constexpr bool is_raw = false;
template <class T>
inline constexpr bool is_raw<cereal::BinaryData<T>> = true;

template <class T>
void archive_write(out_archive& archive, byte_buffer& out, const T& value) {
  if constexpr (is_named<T>) {
    archive_write(archive, out, value.value);
  } else if constexpr (is_size<T>) {
    write_count(out, static_cast<std::size_t>(value.size));
  } else if constexpr (is_raw<T>) {
    out.append(value.data, static_cast<std::size_t>(value.size));
  } else if constexpr (is_base_wrapper<T>) {
    archive_write(archive, out, *value.base_ptr);
  } else if constexpr (is_cereal_wrapper<T> || wire_kind_of<T> == wire_kind::cereal) {
    archive.by_cereal(value);
  } else {
    write_value(out, value);
  }
}

}  // namespace troupe::detail
