// SPDX-License-Identifier: BSD-3-Clause
#include "allocation_count.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> peak{0};

[[maybe_unused]] void* counted(void* block) {
  if (!block) throw std::bad_alloc();
  const std::size_t now = in_use.fetch_add(malloc_usable_size(block), std::memory_order_relaxed) +
                          malloc_usable_size(block);
  std::size_t before = peak.load(std::memory_order_relaxed);
  while (before < now && !peak.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
  return block;
}
[[maybe_unused]] void uncounted(void* block) noexcept {
  if (!block) return;
  in_use.fetch_sub(malloc_usable_size(block), std::memory_order_relaxed);
  std::free(block);
}
[[maybe_unused]] void* aligned(std::size_t bytes, std::align_val_t alignment) {
  const auto multiple = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(multiple, (bytes + multiple - 1) / multiple * multiple);
}

}  // namespace

namespace allocation_count {
std::size_t bytes_now() noexcept { return in_use.load(std::memory_order_relaxed); }
std::size_t bytes_peak() noexcept { return peak.load(std::memory_order_relaxed); }
void restart() noexcept { peak.store(bytes_now(), std::memory_order_relaxed); }
}  // namespace allocation_count

// The thread sanitizer brings its own: there, nothing is counted.
#if !defined(__SANITIZE_THREAD__) && !(defined(__has_feature) && __has_feature(thread_sanitizer))
void* operator new(std::size_t bytes) { return counted(std::malloc(bytes ? bytes : 1)); }
void* operator new[](std::size_t bytes) { return counted(std::malloc(bytes ? bytes : 1)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  void* block = std::malloc(bytes ? bytes : 1);
  return block ? counted(block) : nullptr;
}
void* operator new(std::size_t bytes, std::align_val_t a) { return counted(aligned(bytes, a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) { return counted(aligned(bytes, a)); }
void operator delete(void* block) noexcept { uncounted(block); }
void operator delete[](void* block) noexcept { uncounted(block); }
void operator delete(void* block, std::size_t) noexcept { uncounted(block); }
void operator delete[](void* block, std::size_t) noexcept { uncounted(block); }
void operator delete(void* block, std::align_val_t) noexcept { uncounted(block); }
void operator delete[](void* block, std::align_val_t) noexcept { uncounted(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { uncounted(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { uncounted(block); }
#endif
