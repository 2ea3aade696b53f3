// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/config.hpp>
// CAF_VERSION itself is of no use: in CAF 1.1.0 it is 0100.
#if !(CAF_MAJOR_VERSION == 1 || \
      (CAF_MAJOR_VERSION == 0 && CAF_MINOR_VERSION == 17 && CAF_PATCH_VERSION >= 6))
#error \
    "troupe::caf knows CAF 0.17.6 and CAF 1; what others call differently: transport/caf/caf_compat.hpp"
#endif

#include <caf/error.hpp>
#include <caf/message.hpp>
#include <concepts>
#include <string>
#include <troupe/type_name.hpp>
#include <utility>

/// A value of any type as the content of a CAF message: caf_content is that as it arrives, to_caf() makes one,
/// holds() and take_from() look into it. The rest of what depends on CAF's version is in transport/caf/caf_compat.hpp.
#if CAF_MAJOR_VERSION == 0

#include <caf/make_counted.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>
#include <caf/type_erased_value.hpp>

/// CAF's own make_message() asks for an inspect() function, or for a macro that promises that the message stays in
/// the process. These ask for nothing: a CAF actor has handlers for the plain type, and the attempt to write such
/// a message for another process ends with an error of CAF's.
namespace troupe::detail {

inline caf::error not_for_other_processes(std::string_view type) {
  return caf::make_error(caf::sec::unknown_type, std::string(type) + " has no inspect()");
}

template <class T>
class caf_single final : public caf::type_erased_value {
 public:
  explicit caf_single(T value) : value_(std::move(value)) {}
  void* get_mutable() override { return &value_; }
  caf::error load(caf::deserializer&) override { return not_for_other_processes(type_name<T>()); }
  caf::rtti_pair type() const override { return caf::make_rtti_pair<T>(); }
  const void* get() const override { return &value_; }
  caf::error save(caf::serializer&) const override {
    return not_for_other_processes(type_name<T>());
  }
  std::string stringify() const override { return std::string(type_name<T>()); }
  caf::type_erased_value_ptr copy() const override {
    return caf::type_erased_value_ptr{new caf_single(value_)};
  }

 private:
  T value_;
};

template <class T>
class caf_value final : public caf::detail::message_data {
 public:
  explicit caf_value(T value) : value_(std::move(value)) {}
  void* get_mutable(std::size_t) override { return &value_; }
  using caf::type_erased_tuple::load;
  using caf::type_erased_tuple::save;
  caf::error load(std::size_t, caf::deserializer&) override {
    return not_for_other_processes(type_name<T>());
  }
  std::size_t size() const noexcept override { return 1; }
  std::uint32_t type_token() const noexcept override { return caf::make_type_token<T>(); }
  caf::rtti_pair type(std::size_t) const noexcept override { return caf::make_rtti_pair<T>(); }
  const void* get(std::size_t) const noexcept override { return &value_; }
  std::string stringify(std::size_t) const override { return std::string(type_name<T>()); }
  caf::type_erased_value_ptr copy(std::size_t) const override {
    return caf::type_erased_value_ptr{new caf_single<T>(value_)};
  }
  caf::error save(std::size_t, caf::serializer&) const override {
    return not_for_other_processes(type_name<T>());
  }
  caf_value* copy() const override { return new caf_value(*this); }

 private:
  T value_;
};

template <class T>
caf::message content_with(T value) {
  if constexpr (caf::is_serializable_or_whitelisted<T>::value) {
    return caf::make_message(std::move(value));
  } else {
    auto data = caf::make_counted<caf_value<T>>(std::move(value));
    return caf::message{caf::detail::message_data::cow_ptr{std::move(data)}};
  }
}

using caf_content = caf::type_erased_tuple;

/// One T and nothing else.
template <class T>
bool holds(const caf_content& content) noexcept {
  return content.match_elements<T>();
}
/// The value, moved if nobody else has the content.
template <class T>
T take_from(caf_content& content) {
  return content.move_if_unshared<T>(0);
}

}  // namespace troupe::detail

#else

#include <caf/type_id.hpp>

/// Each type in a message of CAF 1 has a number, in a table of the whole program that gives its size and how to
/// copy it. Only the program can give it one.
namespace troupe::detail {

template <class T>
constexpr bool has_number() {
  static_assert(
      caf::detail::sendable<T>,
      "CAF 1 carries only types that have a type id: name this one, message or reply, in a block "
      "of CAF_ADD_TYPE_ID and hand the block to CAF_MAIN or init_global_meta_objects; "
      "CAF_ALLOW_UNSAFE_MESSAGE_TYPE spares it an inspect()");
  return caf::detail::sendable<T>;
}

template <class T>
caf::message content_with(T value) {
  if constexpr (has_number<T>()) return caf::make_message(std::move(value));
}

using caf_content = caf::message;

/// One T and nothing else.
template <class T>
bool holds(const caf_content& content) noexcept {
  if constexpr (has_number<T>()) return content.match_elements<T>();
}
/// The value, moved if nobody else has the content.
template <class T>
T take_from(caf_content& content) {
  if (content.unique()) return std::move(content.get_mutable_as<T>(0));
  return content.get_as<T>(0);
}

}  // namespace troupe::detail

#endif

namespace troupe::detail {

/// \throws std::bad_alloc, what T's move constructor throws
template <class T>
caf::message to_caf(T value) {
  static_assert(std::copy_constructible<T>,
                "CAF copies a message that two actors hold: what cannot be copied cannot go there");
  return content_with<T>(std::move(value));
}

}  // namespace troupe::detail
