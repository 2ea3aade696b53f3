// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/detail/factory.hpp>

/// Functions that a template process calls before it hands out copies of itself: known under the same id
/// in every process of the program.
namespace troupe::detail {

/// Constant-initialised, as a factory_node.
struct preload_node {
  std::uint64_t (*id)() noexcept;
  void (*function)();
  preload_node* next;
};
void register_preload(preload_node& node) noexcept;

/// Calls those in `ids`, in hex, each behind a space; the ones that this program does not have are
/// named on stderr.
void run_preloads(const char* ids);

void add_preload(system_core& system, std::uint64_t id);

template <void (*Function)()>
struct preloaded {
  static std::uint64_t id() noexcept {
    (void)registered;
    return hash();
  }

 private:
  static std::uint64_t hash() noexcept { return hash_of_type<preloaded>(); }
  static inline constinit preload_node node{&hash, Function, nullptr};
  static inline const bool registered = (register_preload(node), true);
};

}  // namespace troupe::detail
