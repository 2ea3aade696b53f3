// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/message.hpp>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace troupe::detail {
namespace {

constinit type_node* first_node = nullptr;

/// Frozen at first use: all registrations happen while the program's statics are made.
const std::unordered_map<std::uint64_t, const message_type*>& table() {
  static const auto all = [] {
    std::unordered_map<std::uint64_t, const message_type*> types;
    for (type_node* node = first_node; node; node = node->next) {
      if (node->type->decode) types.emplace(node->type->id, node->type);
    }
    return types;
  }();
  return all;
}

}  // namespace

void register_type(type_node& node) noexcept {
  node.next = first_node;
  first_node = &node;
}

const message_type* find_type(std::uint64_t id) noexcept {
  const auto& types = table();
  const auto found = types.find(id);
  return found == types.end() ? nullptr : found->second;
}

std::vector<const message_type*> known_types() {
  std::vector<const message_type*> types;
  types.reserve(table().size());
  for (const auto& entry : table()) types.push_back(entry.second);
  return types;
}

std::uint64_t type_table_hash() noexcept {
  static const std::uint64_t once = [] {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, type] : table()) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, 64 bit
    for (std::uint64_t id : ids) {
      for (int byte = 0; byte < 8; ++byte) {
        hash = (hash ^ ((id >> (8 * byte)) & 0xff)) * 0x100000001b3u;
      }
    }
    return hash;
  }();
  return once;
}

}  // namespace troupe::detail
