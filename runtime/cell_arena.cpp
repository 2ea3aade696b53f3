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
};
constinit arena cells;

void make_cell(cell& c, std::uint32_t slot) {
  new (&c) cell{};
  c.head.store(reinterpret_cast<std::uintptr_t>(&c.stub) | cell::idle_bit,
               std::memory_order_relaxed);
  c.tail = &c.stub;
  c.slot = slot;
  c.route = &c;
}

/// Under the mutex. \throws std::bad_alloc
void grow() {
  const std::uint32_t made = cells.made.load(std::memory_order_relaxed);
  if (made / chunk_cells >= chunks_max) throw std::bad_alloc();
  auto* chunk = static_cast<cell*>(
      ::operator new(sizeof(cell) * chunk_cells, std::align_val_t{alignof(cell)}));
  for (std::uint32_t i = chunk_cells; i-- > 0;) {
    make_cell(chunk[i], made + i + 1);
    chunk[i].older_sibling = cells.free;
    cells.free = &chunk[i];
  }
  cells.chunks[made / chunk_cells].store(chunk, std::memory_order_release);
  cells.made.store(made + chunk_cells, std::memory_order_release);
}

cell& pop_free() {
  std::scoped_lock hold{cells.mutex};
  if (!cells.free) grow();
  cell& c = *cells.free;
  cells.free = c.older_sibling;
  return c;
}

}  // namespace

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
  std::scoped_lock hold{cells.mutex};
  c.older_sibling = cells.free;
  cells.free = &c;
}

cell* at(std::uint32_t slot) noexcept {
  if (slot == 0 || slot > cells.made.load(std::memory_order_acquire)) return nullptr;
  const std::uint32_t index = slot - 1;
  return cells.chunks[index / chunk_cells].load(std::memory_order_acquire) + index % chunk_cells;
}

std::uint32_t count() noexcept { return cells.made.load(std::memory_order_acquire); }

}  // namespace troupe::detail::cell_arena
