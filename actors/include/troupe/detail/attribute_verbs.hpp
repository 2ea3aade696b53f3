// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <any>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/ordered_map.hpp>
#include <troupe/type_name.hpp>
#include <vector>

namespace troupe::detail {

/// A value of any type, and the name of the type, for people.
struct attribute {
  std::any value;
  std::string_view type;
};
using attribute_map = ordered_map<std::string, attribute>;

namespace attribute_verbs {

[[noreturn]] void other_type(const std::string& name, std::string_view is, std::string_view wanted);
std::vector<std::string> names(const attribute_map& all);
bool contains(const attribute_map& all, const std::string& name);
bool erase(attribute_map& all, const std::string& name);
std::string describe(const attribute_map& all);

template <class T>
void set(attribute_map& all, std::string name, T value) {
  all.set(std::move(name), {std::any(std::move(value)), type_name<T>()});
}
template <class T>
std::optional<T> get(const attribute_map& all, const std::string& name) {
  const attribute* found = all.find(name);
  if (!found) return std::nullopt;
  const T* value = std::any_cast<T>(&found->value);
  if (!value) other_type(name, found->type, type_name<T>());
  return *value;
}

}  // namespace attribute_verbs
}  // namespace troupe::detail
