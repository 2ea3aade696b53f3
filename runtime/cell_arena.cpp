// SPDX-License-Identifier: BSD-3-Clause
#include "cell_arena.hpp"

#include <array>
#include <mutex>
#include <new>

namespace troupe::detail::cell_arena {
namespace {

constexpr std::uint32_t chunk_cells = 1024;
constexpr std::uint32_t chunks_max = 65536;  // 67 million cells

struct arena {
  std::mutex mutex;
  cell* free = nullptr;  // linked through older_sibling
  std::array<std::atomic<cell*>, chunks_max> chunks{};
  std::atomic<std::uint32_t> made{0};
  std::uint32_t top_chunk = chunks_max;  // lowest of those that simulations have
};
constinit arena cells;

void make_cell(cell& c, std::uint32_t slot) {
  new (&c) cell{};
  c.head.store(cell::idle_bit, std::memory_order_relaxed);
  c.tail = &c.stub;
  c.slot = slot;
  c.route = &c;
}

/// Cells with the slots from `first` on. Under the mutex. \throws std::bad_alloc
cell* make_chunk(std::uint32_t first) {
  auto* chunk = static_cast<cell*>(
      ::operator new(sizeof(cell) * chunk_cells, std::align_val_t{alignof(cell)}));
  for (std::uint32_t i = 0; i < chunk_cells; ++i) make_cell(chunk[i], first + i);
  cells.chunks[(first - 1) / chunk_cells].store(chunk, std::memory_order_release);
  return chunk;
}

/// Under the mutex. \throws std::bad_alloc
void grow() {
  const std::uint32_t made = cells.made.load(std::memory_order_relaxed);
  if (made / chunk_cells >= cells.top_chunk) throw std::bad_alloc();
  cell* chunk = make_chunk(made + 1);
  for (std::uint32_t i = chunk_cells; i-- > 0;) {
    chunk[i].older_sibling = cells.free;
    cells.free = &chunk[i];
  }
  cells.made.store(made + chunk_cells, std::memory_order_release);
}

/// Moves `n` cells from one list to another. \return how many there were
std::uint32_t move_cells(cell*& from, cell*& to, std::uint32_t n) noexcept {
  std::uint32_t moved = 0;
  for (; moved < n && from; ++moved) {
    cell* c = from;
    from = c->older_sibling;
    c->older_sibling = to;
    to = c;
  }
  return moved;
}

constexpr std::uint32_t batch_cells = 32;

/// Each thread keeps some vacant cells, so that who spawns and ends many meets the lock once in 32.
struct cache {
  cell* free = nullptr;
  std::uint32_t count = 0;
};
constinit thread_local cache mine;

/// Hands the cells of an ending thread to the others.
struct cache_return {
  bool armed = false;
  ~cache_return() {
    const std::scoped_lock hold{cells.mutex};
    move_cells(mine.free, cells.free, mine.count);
    mine.count = 0;
  }
};
thread_local cache_return on_thread_end;

cell& pop_free() {
  if (!mine.free) {
    on_thread_end.armed = true;
    const std::scoped_lock hold{cells.mutex};
    if (!cells.free) grow();
    mine.count = move_cells(cells.free, mine.free, batch_cells);
  }
  cell& c = *mine.free;
  mine.free = c.older_sibling;
  --mine.count;
  return c;
}

}  // namespace

void lock() noexcept { cells.mutex.lock(); }
void unlock() noexcept { cells.mutex.unlock(); }

cell& take() {
  cell* busy = nullptr;  // vacant, but some worker is sending late mail back just now
  for (;;) {
    cell& c = pop_free();
    if (!c.claim()) {
      c.older_sibling = busy;
      busy = &c;
      continue;
    }
    while (busy) {
      cell* next = busy->older_sibling;
      give_back(*busy);
      busy = next;
    }
    return c;
  }
}

cell& take_fresh() {
  std::scoped_lock hold{cells.mutex};
  for (bool grown = false;; grown = true) {
    for (cell** link = &cells.free; *link; link = &(*link)->older_sibling) {
      cell& c = **link;
      if (c.generation.load(std::memory_order_relaxed) != 0) continue;
      *link = c.older_sibling;
      c.claim();  // nobody has its address yet
      return c;
    }
    if (grown) throw std::bad_alloc();
    grow();
  }
}

void give_back(cell& c) noexcept {
  c.older_sibling = mine.free;
  mine.free = &c;
  if (++mine.count < 2 * batch_cells) return;
  on_thread_end.armed = true;
  const std::scoped_lock hold{cells.mutex};
  mine.count -= move_cells(mine.free, cells.free, batch_cells);
}

cell* at(std::uint32_t slot) noexcept {
  const std::uint32_t index = slot - 1;
  if (index >= chunks_max * chunk_cells) return nullptr;
  cell* chunk = cells.chunks[index / chunk_cells].load(std::memory_order_acquire);
  return chunk ? chunk + index % chunk_cells : nullptr;
}

std::span<cell> take_top_chunk() {
  std::scoped_lock hold{cells.mutex};
  if (cells.top_chunk <= cells.made.load(std::memory_order_relaxed) / chunk_cells + 1) {
    throw std::bad_alloc();
  }
  cell* chunk = make_chunk((cells.top_chunk - 1) * chunk_cells + 1);
  --cells.top_chunk;
  return {chunk, chunk_cells};
}

std::uint32_t count() noexcept { return cells.made.load(std::memory_order_acquire); }

}  // namespace troupe::detail::cell_arena
