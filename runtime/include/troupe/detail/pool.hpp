// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// Memory for envelopes, actors and coroutine frames: free lists by size class, one cache per thread.
/// A block may be freed on another thread than it came from; full chains travel between threads
/// through a depot, 32 blocks at a time, so that one-way traffic never meets a lock per message.
/// Blocks are aligned to their size, or to 64 bytes. (Chains returned in batches: Pony's `mem/pool_arena.c`.)
namespace troupe::detail {

inline constexpr std::size_t block_alignment = 64;
inline constexpr std::uint8_t pooled_classes = 6;           ///< 32, 64, 128, 256, 512, 1024 bytes
inline constexpr std::uint8_t heap_class = pooled_classes;  ///< larger: the system's allocator

/// The size class that holds `bytes`.
constexpr std::uint8_t size_class_of(std::size_t bytes) noexcept {
  std::uint8_t size_class = 0;
  for (std::size_t room = 32; room < bytes && size_class < pooled_classes; room *= 2) ++size_class;
  return size_class;
}

/// A block of `size_class`; `bytes` matters only for `heap_class`.
/// \throws std::bad_alloc   \thread any   \cost O(1), no lock 31 times of 32
void* allocate_block(std::uint8_t size_class, std::size_t bytes);

/// Gives a block back. \thread any
void free_block(void* block, std::uint8_t size_class) noexcept;

/// For a fork of the process: the free lists are whole in the copy, and in nobody's hands.
void lock_pool() noexcept;
void unlock_pool() noexcept;

inline void* allocate_bytes(std::size_t bytes) {
  return allocate_block(size_class_of(bytes), bytes);
}
inline void free_bytes(void* block, std::size_t bytes) noexcept {
  free_block(block, size_class_of(bytes));
}

}  // namespace troupe::detail
