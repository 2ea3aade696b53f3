// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/detail/factory.hpp>
#include <unordered_map>

namespace troupe::detail {
namespace {
constinit factory_node* first_factory = nullptr;
}

void register_factory(factory_node& node) noexcept {
  node.next = first_factory;
  first_factory = &node;
}

factory_function find_factory(std::uint64_t id) noexcept {
  // Frozen at first use, like the table of messages: factories register while statics are made.
  static const auto table = [] {
    std::unordered_map<std::uint64_t, factory_function> all;
    for (factory_node* node = first_factory; node; node = node->next)
      all.emplace(node->id(), node->make);
    return all;
  }();
  const auto found = table.find(id);
  return found == table.end() ? nullptr : found->second;
}

void refuse_arguments(const decode_error& error) {
  throw std::runtime_error("the arguments of a remote spawn cannot be decoded: " + error.text);
}

}  // namespace troupe::detail
