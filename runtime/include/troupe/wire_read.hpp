// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// From bytes to value, the mirror of wire_write.hpp. Total: whatever the bytes are, a value or an
// error of the reader comes out. Nothing is allocated that the bytes left and the memory limit do
// not allow. No exceptions but those of the types themselves; see decode() for where they end.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <troupe/layout.hpp>
#include <troupe/wire_write.hpp>

namespace troupe::detail {

template <class T>
bool read_value(wire_reader& in, T& value);

inline bool read_flag(wire_reader& in, bool& value, const char* what) {
  std::uint8_t byte = 0;
  if (!in.take(&byte, 1, what)) [[unlikely]]
    return false;
  if (byte > 1) [[unlikely]]
    return in.fail(decode_errc::bad_value, what);
  value = byte != 0;
  return true;
}

template <class List>
struct first_of;
template <class First, class... Rest>
struct first_of<type_list<First, Rest...>> {
  using type = First;
};

/// What an element of a container in nodes takes besides itself: links, colour, hash, bucket.
inline constexpr std::size_t node_bytes = 48;
/// What a deque takes before its first element (libstdc++: a map and one block).
inline constexpr std::size_t deque_bytes = 640;

template <class T>
inline constexpr bool in_one_block = requires(T t) { t.reserve(1); } && !keyed<T>;
template <class T>
inline constexpr bool in_several_blocks = !in_one_block<T> && requires(T t) { t[0]; };

template <class T>
bool read_elements(wire_reader& in, T& container, const char* what) {
  using element = typename T::value_type;
  constexpr std::size_t each = sizeof(element) + (in_one_block<T> ? 0 : node_bytes);
  constexpr std::size_t wire_each = wire_bytes_min<element>();
  std::uint32_t count = 0;
  if (!in.take_count(count, wire_each, each, what)) [[unlikely]]
    return false;
  if constexpr (in_several_blocks<T>) {
    if (!in.charge(deque_bytes, what)) return false;
  }
  if constexpr (requires { container.data(); } && is_bulk<element>()) {
    const std::byte* const from = in.take(count * sizeof(element), what);
    if (from == nullptr) [[unlikely]]
      return false;
    if constexpr (sizeof(element) == 1 && std::is_scalar_v<element>) {
      const auto first = reinterpret_cast<const element*>(from);
      container.assign(first, first + count);
    } else {
      container.resize(count);
      if (count != 0) std::memcpy(container.data(), from, count * sizeof(element));
    }
    return true;
  } else {
    if (!in.enter(what)) [[unlikely]]
      return false;
    container.clear();
    if constexpr (in_one_block<T>) container.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<element, bool>) {
        bool flag = false;
        if (!read_flag(in, flag, what)) [[unlikely]]
          return false;
        container.push_back(flag);
      } else {
        container.emplace_back();
        if (!read_value(in, container.back())) [[unlikely]]
          return false;
      }
    }
    in.leave();
    return true;
  }
}

template <class T>
bool read_entry(wire_reader& in, T& container) {
  if constexpr (map_like<T>) {
    typename T::key_type key{};
    typename T::mapped_type mapped{};
    if (!read_value(in, key) || !read_value(in, mapped)) [[unlikely]]
      return false;
    container.emplace_hint(container.end(), std::move(key), std::move(mapped));
  } else {
    typename T::key_type key{};
    if (!read_value(in, key)) [[unlikely]]
      return false;
    container.emplace_hint(container.end(), std::move(key));
  }
  return true;
}

template <class T>
bool read_keyed(wire_reader& in, T& container, const char* what) {
  constexpr std::size_t wire_each = wire_bytes_sum(wire_parts<T>{});
  std::uint32_t count = 0;
  if (!in.take_count(count, wire_each, sizeof(typename T::value_type) + node_bytes, what) ||
      !in.enter(what)) [[unlikely]] {
    return false;
  }
  container.clear();
  if constexpr (requires { container.reserve(count); }) container.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_entry(in, container)) [[unlikely]]
      return false;
  }
  // No encoder writes a key twice; whoever does means something else than we would understand.
  if (container.size() != count) [[unlikely]]
    return in.fail(decode_errc::bad_value, what);
  in.leave();
  return true;
}

template <class T>
bool read_owner(wire_reader& in, T& pointer, const char* what) {
  using element = typename T::element_type;
  bool present = false;
  if (!read_flag(in, present, what)) [[unlikely]]
    return false;
  if (!present) {
    pointer.reset();
    return true;
  }
  if (!in.enter(what) || !in.charge(sizeof(element) + 16, what)) [[unlikely]]
    return false;
  pointer = std::make_unique<element>();
  if (!read_value(in, *pointer)) [[unlikely]]
    return false;
  in.leave();
  return true;
}

template <class T>
bool read_variant(wire_reader& in, T& value, const char* what) {
  std::uint8_t tag = 0;
  if (!in.take(&tag, 1, what)) [[unlikely]]
    return false;
  if (tag >= alternatives<T>) [[unlikely]]
    return in.fail(decode_errc::bad_value, what);
  bool good = false;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((tag == I && (good = read_value(in, value.template emplace<I>()), true)) || ...);
  }(std::make_index_sequence<alternatives<T>>{});
  return good;
}

/// Runs a type's own function. Whatever it throws ends here, and so does what it swallows.
template <class T>
[[gnu::noinline]] bool read_by_cereal(wire_reader& in, T& value, const char* what) {
  if (!in.enter(what)) return false;
  try {
    in_archive(in).by_cereal(value);
  } catch (const decode_interrupted&) {
    return false;  // the reader knows why
  } catch (const std::bad_alloc&) {
    return in.fail(decode_errc::no_memory, what);
  } catch (const std::exception& error) {
    return in.fail(decode_errc::serialiser, what, error.what());
  } catch (...) {
    return in.fail(decode_errc::serialiser, what);
  }
  in.leave();
  return in.ok();
}

template <class T>
bool read_value(wire_reader& in, T& value) {
  static_assert(check_sendable<T>());
  constexpr wire_kind k = wire_kind_of<T>;
  constexpr const char* what = kind_text(k);
  if constexpr (is_bulk<T>()) {
    return in.take(std::addressof(value), sizeof value, what);
  } else if constexpr (k == wire_kind::boolean) {
    return read_flag(in, value, what);
  } else if constexpr (k == wire_kind::enumeration) {
    bool flag = false;
    if (!read_flag(in, flag, what)) [[unlikely]]
      return false;
    value = static_cast<T>(flag);
    return true;
  } else if constexpr (k == wire_kind::real) {
    return in.take(std::addressof(value), real_bytes<T>, what);
  } else if constexpr (k == wire_kind::text || k == wire_kind::sequence) {
    return read_elements(in, value, what);
  } else if constexpr (k == wire_kind::map || k == wire_kind::set) {
    return read_keyed(in, value, what);
  } else if constexpr (k == wire_kind::optional) {
    bool present = false;
    if (!read_flag(in, present, what)) [[unlikely]]
      return false;
    value.reset();
    if (!present) return true;
    value.emplace();
    return read_value(in, *value);
  } else if constexpr (k == wire_kind::owner) {
    return read_owner(in, value, what);
  } else if constexpr (k == wire_kind::variant) {
    return read_variant(in, value, what);
  } else if constexpr (k == wire_kind::tuple) {
    return std::apply([&](auto&... each) { return (read_value(in, each) && ...); }, value);
  } else if constexpr (k == wire_kind::array) {
    for (auto& each : value) {
      if (!read_value(in, each)) [[unlikely]]
        return false;
    }
    return true;
  } else if constexpr (k == wire_kind::duration || k == wire_kind::time_point) {
    typename first_of<wire_parts<T>>::type inner{};
    if (!read_value(in, inner)) [[unlikely]]
      return false;
    value = T(inner);
    return true;
  } else if constexpr (k == wire_kind::aggregate) {
    return with_members(value, [&](auto&... each) { return (read_value(in, each) && ...); });
  } else if constexpr (k == wire_kind::own_format) {
    return wire_format<T>::read(in, value);
  } else if constexpr (k == wire_kind::cereal) {
    return read_by_cereal(in, value, what);
  } else {
    return true;  // empty: no bytes
  }
}

template <class T>
void archive_read(in_archive& archive, wire_reader& in, T& value) {
  if constexpr (is_named<T>) {
    archive_read(archive, in, value.value);
    return;
  } else if constexpr (is_size<T>) {
    std::uint32_t count = 0;
    // How big an element is nobody says here: at least a byte, on the wire and in memory.
    if (in.take_count(count, 1, 1, "size")) {
      value.size = static_cast<std::remove_cvref_t<decltype(value.size)>>(count);
    }
  } else if constexpr (is_raw<T>) {
    (void)in.take(value.data, static_cast<std::size_t>(value.size), "binary data");
  } else if constexpr (is_base_wrapper<T>) {
    archive_read(archive, in, *value.base_ptr);
    return;
  } else if constexpr (is_cereal_wrapper<T> || wire_kind_of<T> == wire_kind::cereal) {
    archive.by_cereal(value);
  } else {
    (void)read_value(in, value);
  }
  if (!in.ok()) [[unlikely]]
    throw decode_interrupted{};
}

}  // namespace troupe::detail
