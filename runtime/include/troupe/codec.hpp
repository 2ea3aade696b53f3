// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Messages to bytes and back. In order of preference a type is encoded by its own cereal functions
// or, if it is an aggregate, member by member; standard types are known without further includes.
// Decoding is total: any bytes give a value or an error, within limits of memory and nesting that
// are checked before anything is allocated.

#include <cstddef>
#include <exception>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/system/result.hpp>

#include <troupe/byte_buffer.hpp>
#include <troupe/layout.hpp>
#include <troupe/type_name.hpp>
#include <troupe/wire_read.hpp>
#include <troupe/wire_reader.hpp>
#include <troupe/wire_write.hpp>

namespace troupe {

/// Appends the bytes of `value` to `out`.
/// \throws what the type's own serialise function throws; std::bad_alloc; std::length_error for a
///         container of more than 2^32 elements. `out` then ends in half a value: truncate() it.
/// \thread any, each with its own buffer   \cost O(bytes)
template <class T>
void encode(byte_buffer& out, const T& value) {
  detail::write_value(out, value);
}

namespace detail {

/// The exception being handled, as an error of `in`.
[[gnu::cold, gnu::noinline]] inline void fail_by_exception(wire_reader& in) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    in.fail(decode_errc::no_memory, nullptr);
  } catch (const std::exception& error) {
    in.fail(decode_errc::serialiser, nullptr, error.what());
  } catch (...) {
    in.fail(decode_errc::serialiser, nullptr);
  }
}

/// Reads all of the bytes into `value`; exceptions of the types inside become errors.
template <class T>
bool read_whole(wire_reader& in, T& value) noexcept {
  try {
    if (!read_value(in, value)) [[unlikely]]
      return false;
    if (in.remaining() == 0) [[likely]]
      return true;
    return in.fail(decode_errc::trailing_bytes, nullptr);
  } catch (...) {
    fail_by_exception(in);
    return false;
  }
}

}  // namespace detail

/// Makes a T at `storage` from all of `bytes`.
/// \param storage  room and alignment for a T; holds one exactly if true is returned
/// \param context  what actor references are resolved with
/// \param error  set if false is returned, else left alone
/// \thread any   \cost O(bytes); allocates only what the value itself holds
template <class T>
[[nodiscard]] bool decode_into(void* storage, std::span<const std::byte> bytes,
                               detail::decode_context* context, const decode_limits& limits,
                               decode_error& error) {
  static_assert(std::is_default_constructible_v<T>,
                "a message that is received from elsewhere is first made empty, then filled: it "
                "needs a default constructor");
  wire_reader in(bytes, context, limits);
  T* value = nullptr;
  try {
    value = ::new (storage) T{};
  } catch (...) {
    detail::fail_by_exception(in);
  }
  if (value != nullptr) [[likely]] {
    if (detail::read_whole(in, *value)) [[likely]]
      return true;
    value->~T();
  }
  error = in.report(type_name<T>());
  return false;
}

/// \return the value that `bytes` are, all of them, or why they are none
/// \param context  what actor references are resolved with
/// \thread any   \cost O(bytes); allocates only what the value itself holds
template <class T>
[[nodiscard]] boost::system::result<T, decode_error> decode(
    std::span<const std::byte> bytes, detail::decode_context* context = nullptr,
    decode_limits limits = {}) {
  union room {
    room() {}
    ~room() {}
    T value;
  } made;
  decode_error error;
  if (!decode_into<T>(&made.value, bytes, context, limits, error)) return error;
  struct ending {
    T& value;
    ~ending() { value.~T(); }
  } const end{made.value};
  return {boost::system::in_place_value, std::move(made.value)};
}

/// How `result::value()` reports a decode_error. \throws std::runtime_error with its text
[[noreturn]] inline void throw_exception_from_error(const decode_error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error(error.text);
}

}  // namespace troupe
