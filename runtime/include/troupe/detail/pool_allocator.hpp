// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <troupe/detail/pool.hpp>

namespace troupe::detail {

/// For standard containers whose nodes come and go with every message.
template <class T>
struct pool_allocator {
  using value_type = T;
  pool_allocator() = default;
  template <class U>
  pool_allocator(const pool_allocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t n) { return static_cast<T*>(allocate_bytes(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { free_bytes(p, n * sizeof(T)); }
  friend bool operator==(pool_allocator, pool_allocator) noexcept { return true; }
};

}  // namespace troupe::detail
