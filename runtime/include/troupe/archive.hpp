// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The archives that a type's own cereal functions get to see. What they are handed goes to the
// codec first, so numbers, containers and aggregates look the same inside and outside such a
// function and need no <cereal/types/...>; only types with cereal functions of their own go on to
// cereal. One archive serves one object: cereal tracks what an archive has seen by address.

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <cereal/cereal.hpp>

#include <troupe/byte_buffer.hpp>
#include <troupe/wire_reader.hpp>

namespace troupe {

class out_archive;
class in_archive;

namespace detail {

/// Leaves a user's load function once the reader has recorded an error.
struct decode_interrupted {};

template <class T>
void archive_write(out_archive& archive, byte_buffer& out, const T& value);
template <class T>
void archive_read(in_archive& archive, wire_reader& in, T& value);

}  // namespace detail

class out_archive : public cereal::OutputArchive<out_archive, cereal::AllowEmptyClassElision> {
  using base = cereal::OutputArchive<out_archive, cereal::AllowEmptyClassElision>;

 public:
  /// A user's function may hand over what is gone when it returns, so all of it is copied.
  explicit out_archive(byte_buffer& out) : base(this), out_(out), lent_(out.lend(nullptr)) {}
  out_archive(const out_archive&) = delete;
  out_archive& operator=(const out_archive&) = delete;
  ~out_archive() { out_.lend(lent_); }

  template <class... Ts>
  out_archive& operator()(Ts&&... values) {
    (detail::archive_write(*this, out_, values), ...);
    return *this;
  }
  template <class T>
  out_archive& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  out_archive& operator<<(T&& value) {
    return (*this)(value);
  }

  /// Hands `value` to cereal, which finds the type's own function.
  template <class T>
  void by_cereal(const T& value) {
    namespace traits = cereal::traits;
    // cereal would hand the surrogate value to cereal again, which does not know our types.
    if constexpr (traits::has_member_save_minimal<T, out_archive>::value) {
      (*this)(cereal::access::member_save_minimal(*this, value));
    } else if constexpr (traits::has_non_member_save_minimal<T, out_archive>::value) {
      (*this)(CEREAL_SAVE_MINIMAL_FUNCTION_NAME(*this, value));
    } else {
      base::operator()(value);
    }
  }

 private:
  byte_buffer& out_;
  lent_runs* lent_;
};

class in_archive : public cereal::InputArchive<in_archive, cereal::AllowEmptyClassElision> {
  using base = cereal::InputArchive<in_archive, cereal::AllowEmptyClassElision>;

 public:
  explicit in_archive(wire_reader& in) : base(this), in_(in) {}

  template <class... Ts>
  in_archive& operator()(Ts&&... values) {
    (detail::archive_read(*this, in_, values), ...);
    return *this;
  }
  template <class T>
  in_archive& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  in_archive& operator>>(T&& value) {
    return (*this)(value);
  }

  /// \return bytes not yet read
  [[nodiscard]] std::size_t remaining() const noexcept { return in_.remaining(); }
  /// \return what the runtime resolves actor references with; nullptr outside of it
  [[nodiscard]] detail::decode_context* context() const noexcept { return in_.context(); }

  /// Hands `value` to cereal, which finds the type's own function.
  template <class T>
  void by_cereal(T& value) {
    namespace traits = cereal::traits;
    if constexpr (traits::has_member_load_minimal<T, in_archive>::value) {
      typename traits::has_member_save_minimal<T, out_archive>::type surrogate{};
      (*this)(surrogate);
      cereal::access::member_load_minimal(*this, value, surrogate);
    } else if constexpr (traits::has_non_member_load_minimal<T, in_archive>::value) {
      typename traits::has_non_member_save_minimal<T, out_archive>::type surrogate{};
      (*this)(surrogate);
      CEREAL_LOAD_MINIMAL_FUNCTION_NAME(*this, value, surrogate);
    } else {
      base::operator()(value);
    }
  }

 private:
  wire_reader& in_;
};

// What cereal itself passes to an archive without asking it first, such as a class's version.
template <class Archive>
concept codec_archive = std::is_same_v<Archive, out_archive> || std::is_same_v<Archive, in_archive>;

template <codec_archive Archive, class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, cereal::NameValuePair<T>& pair) {
  archive(pair.value);
}
template <codec_archive Archive, class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, cereal::SizeTag<T>& tag) {
  archive(tag);
}
template <codec_archive Archive, class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, cereal::BinaryData<T>& data) {
  archive(data);
}
template <codec_archive Archive, class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, T& value) {
  archive(value);
}

}  // namespace troupe

CEREAL_SETUP_ARCHIVE_TRAITS(troupe::in_archive, troupe::out_archive)
