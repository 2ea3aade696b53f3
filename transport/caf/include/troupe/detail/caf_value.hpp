// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/config.hpp>
#if CAF_VERSION < 1706 || CAF_VERSION >= 1800
#error \
    "what <troupe/caf.hpp> does is written for CAF 0.17.6; messages and actors of 0.18 and 1.x are made otherwise"
#endif

#include <caf/make_counted.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <caf/type_erased_value.hpp>
#include <concepts>
#include <string>
#include <troupe/type_name.hpp>
#include <utility>

/// A value of any type as the content of a CAF message. CAF's own make_message() asks for an inspect()
/// function, or for a macro that promises that the message stays in the process. These ask for nothing:
/// a CAF actor has handlers for the plain type, and the attempt to write such a message for another process
/// ends with an error of CAF's.
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

/// \throws std::bad_alloc, what T's move constructor throws
template <class T>
caf::message to_caf(T value) {
  static_assert(std::copy_constructible<T>,
                "CAF copies a message that two actors hold: what cannot be copied cannot go there");
  if constexpr (caf::is_serializable_or_whitelisted<T>::value) {
    return caf::make_message(std::move(value));
  } else {
    auto data = caf::make_counted<caf_value<T>>(std::move(value));
    return caf::message{caf::detail::message_data::cow_ptr{std::move(data)}};
  }
}

/// One T and nothing else.
template <class T>
bool holds(const caf::type_erased_tuple& content) noexcept {
  return content.match_elements<T>();
}

}  // namespace troupe::detail
