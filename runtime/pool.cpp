// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/pool.hpp>

#include <mutex>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
#include <sanitizer/asan_interface.h>
#define TROUPE_POISON(address, bytes) ASAN_POISON_MEMORY_REGION(address, bytes)
#define TROUPE_UNPOISON(address, bytes) ASAN_UNPOISON_MEMORY_REGION(address, bytes)
#else
#define TROUPE_POISON(address, bytes) ((void)(address), (void)(bytes))
#define TROUPE_UNPOISON(address, bytes) ((void)(address), (void)(bytes))
#endif

namespace troupe::detail {
namespace {

constexpr unsigned chain_blocks = 32;
constexpr std::size_t chunk_bytes = 64 * 1024;

struct free_node {
  free_node* next;        ///< next block of the same chain
  free_node* next_chain;  ///< in the depot: the next chain; valid in the first block only
};

constexpr std::size_t bytes_of(std::uint8_t size_class) { return std::size_t{32} << size_class; }

/// Where whole chains change hands between threads. Memory here is never given back to the system:
/// a block that once held an envelope stays readable for as long as the process lives.
class depot {
 public:
  void put(free_node* chain) noexcept {
    std::scoped_lock hold{mutex_};
    chain->next_chain = chains_;
    chains_ = chain;
  }

  free_node* take(std::uint8_t size_class) {
    std::scoped_lock hold{mutex_};
    if (!chains_) carve(size_class);
    free_node* chain = chains_;
    chains_ = chain->next_chain;
    return chain;
  }

  std::mutex& mutex() noexcept { return mutex_; }

 private:
  void carve(std::uint8_t size_class) {
    const std::size_t bytes = bytes_of(size_class);
    auto* chunk =
        static_cast<std::byte*>(::operator new(chunk_bytes, std::align_val_t{block_alignment}));
    for (std::size_t first = 0; first < chunk_bytes; first += bytes * chain_blocks) {
      free_node* chain = nullptr;
      for (unsigned i = 0; i < chain_blocks; ++i) {
        std::byte* block = chunk + first + i * bytes;
        chain = new (block) free_node{chain, nullptr};
        TROUPE_POISON(block + sizeof(free_node), bytes - sizeof(free_node));
      }
      chain->next_chain = chains_;
      chains_ = chain;
    }
  }

  std::mutex mutex_;
  free_node* chains_ = nullptr;
};

constinit depot depots[pooled_classes];

struct stack {
  free_node* top;
  unsigned count;
};

/// Two stacks per class: a thread that frees and allocates around a chain's edge meets no depot.
struct cache {
  stack current[pooled_classes];
  stack spare[pooled_classes];
};
constinit thread_local cache mine{};

/// Hands the blocks of an ending thread to the others.
struct cache_return {
  bool armed = false;
  ~cache_return() {
    for (std::uint8_t c = 0; c < pooled_classes; ++c) {
      for (stack* s : {&mine.current[c], &mine.spare[c]}) {
        if (s->top) depots[c].put(s->top);
        *s = {};
      }
    }
  }
};
thread_local cache_return on_thread_end;

[[gnu::noinline]] void refill(std::uint8_t size_class) {
  on_thread_end.armed = true;
  stack& current = mine.current[size_class];
  stack& spare = mine.spare[size_class];
  if (spare.top) {
    current = spare;
    spare = {};
    return;
  }
  // A chain from an ending thread may be shorter than 32; the count only steers the batching.
  current = {depots[size_class].take(size_class), chain_blocks};
}

[[gnu::noinline]] void spill(std::uint8_t size_class) noexcept {
  on_thread_end.armed = true;
  stack& current = mine.current[size_class];
  stack& spare = mine.spare[size_class];
  if (spare.top) depots[size_class].put(spare.top);
  spare = current;
  current = {};
}

}  // namespace

void lock_pool() noexcept {
  for (depot& each : depots) each.mutex().lock();
}
void unlock_pool() noexcept {
  for (depot& each : depots) each.mutex().unlock();
}

void* allocate_block(std::uint8_t size_class, std::size_t bytes) {
  if (size_class >= pooled_classes) [[unlikely]] {
    return ::operator new(bytes, std::align_val_t{block_alignment});
  }
  stack& current = mine.current[size_class];
  if (!current.top) [[unlikely]]
    refill(size_class);
  free_node* block = current.top;
  current.top = block->next;
  __builtin_prefetch(current.top);  // for the next time: what comes from other threads is cold
  if (current.count) --current.count;
  TROUPE_UNPOISON(block, bytes_of(size_class));
  return block;
}

void free_block(void* block, std::uint8_t size_class) noexcept {
  if (size_class >= pooled_classes) [[unlikely]] {
    ::operator delete(block, std::align_val_t{block_alignment});
    return;
  }
  stack& current = mine.current[size_class];
  if (current.count >= chain_blocks) [[unlikely]]
    spill(size_class);
  current.top = new (block) free_node{current.top, nullptr};
  ++current.count;
  TROUPE_POISON(static_cast<std::byte*>(block) + sizeof(free_node),
                bytes_of(size_class) - sizeof(free_node));
}

}  // namespace troupe::detail
