// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/attributes.hpp>

namespace troupe {
namespace detail::attribute_verbs {

void other_type(const std::string& name, std::string_view is, std::string_view wanted) {
  throw std::invalid_argument("attributes::get: '" + name + "' is of type " + std::string(is) +
                              ", not " + std::string(wanted));
}

std::vector<std::string> names(const attribute_map& all) {
  std::vector<std::string> each;
  for (const auto& entry : all) each.push_back(entry.first);
  return each;
}

bool contains(const attribute_map& all, const std::string& name) { return all.contains(name); }

bool erase(attribute_map& all, const std::string& name) { return all.take(name).has_value(); }

std::string describe(const attribute_map& all) {
  std::string text = "attributes:";
  for (const auto& entry : all) {
    if (entry.first.starts_with('_')) continue;
    text += (text.back() == ':' ? " " : ", ") + entry.first;
  }
  return text;
}

}  // namespace detail::attribute_verbs

attributes attributes::spawn(actor_system& system) { return attributes(spawn_keeper(system, {})); }
attributes attributes::spawn_owned() {
  return attributes(spawn_owned_keeper("attributes::spawn_owned", {}));
}

detail::attribute_operation<&detail::attribute_verbs::contains> attributes::contains(
    std::string name) const {
  return call<&detail::attribute_verbs::contains>(std::move(name));
}

detail::attribute_operation<&detail::attribute_verbs::erase> attributes::erase(
    std::string name) const {
  return call_in_place<&detail::attribute_verbs::erase>(std::move(name));
}

detail::attribute_operation<&detail::attribute_verbs::names> attributes::names() const {
  return call<&detail::attribute_verbs::names>();
}

detail::attribute_operation<&detail::attribute_verbs::describe> attributes::describe() const {
  return call<&detail::attribute_verbs::describe>();
}

}  // namespace troupe
