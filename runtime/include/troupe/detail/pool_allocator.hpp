// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <troupe/detail/pool.hpp>

namespace troupe::detail {

/// For standard containers whose nodes come and go with every message.
template <class T>
struct pool_allocator {
  using value_type = T;
  static constexpr std::size_t item_bytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression)
  pool_allocator() = default;
  template <class U>
  pool_allocator(const pool_allocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t n) { return static_cast<T*>(allocate_bytes(n * item_bytes)); }
  void deallocate(T* p, std::size_t n) noexcept { free_bytes(p, n * item_bytes); }
  friend bool operator==(pool_allocator, pool_allocator) noexcept { return true; }
};

}  // namespace troupe::detail
