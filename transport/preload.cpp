// SPDX-License-Identifier: BSD-3-Clause
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <troupe/detail/preload.hpp>

namespace troupe::detail {
namespace {
constinit preload_node* first_preload = nullptr;

const preload_node* find_preload(std::uint64_t id) noexcept {
  for (const preload_node* node = first_preload; node; node = node->next) {
    if (node->id() == id) return node;
  }
  return nullptr;
}
}  // namespace

void register_preload(preload_node& node) noexcept {
  node.next = first_preload;
  first_preload = &node;
}

void run_preloads(const char* ids) {
  for (char* end = nullptr; *ids == ' '; ids = end) {
    const std::uint64_t id = std::strtoull(ids, &end, 16);
    if (const preload_node* node = find_preload(id)) {
      node->function();
    } else {
      std::fprintf(stderr, "troupe: this program has no preload %" PRIx64 "\n", id);
    }
  }
}

}  // namespace troupe::detail
