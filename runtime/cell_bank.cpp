// SPDX-License-Identifier: BSD-3-Clause
#include "cell_bank.hpp"

#include <cassert>
#include <mutex>
#include <span>
#include <vector>

#include "cell_arena.hpp"

namespace troupe::detail {

/// Where the cells of one bank lie; the next bank gets them.
struct cell_store {
  std::vector<std::span<cell>> chunks;  // of equal size
};

namespace {
std::mutex mutex;
std::vector<std::unique_ptr<cell_store>> idle;  // the one used last comes last
}  // namespace

cell_bank::cell_bank() {
  std::scoped_lock hold{mutex};
  if (idle.empty()) {
    store_ = std::make_unique<cell_store>();
  } else {
    store_ = std::move(idle.back());
    idle.pop_back();
  }
}

cell_bank::~cell_bank() {
  for (std::size_t i = 0; i < used_; ++i) {
    assert(at(i).system.load(std::memory_order_relaxed) == nullptr);
    at(i).generation.store(0, std::memory_order_relaxed);
  }
  std::scoped_lock hold{mutex};
  idle.push_back(std::move(store_));
}

cell& cell_bank::at(std::size_t index) const noexcept {
  const std::size_t per_chunk = store_->chunks.front().size();
  return store_->chunks[index / per_chunk][index % per_chunk];
}

cell& cell_bank::take_fresh() {
  if (store_->chunks.empty() || used_ == store_->chunks.size() * store_->chunks.front().size()) {
    store_->chunks.push_back(cell_arena::take_top_chunk());
  }
  cell& c = at(used_++);
  [[maybe_unused]] const bool is_ours = c.claim();
  assert(is_ours);
  return c;
}

cell& cell_bank::take() {
  for (cell** link = &free_; *link; link = &(*link)->older_sibling) {
    cell& c = **link;
    if (!c.claim()) continue;  // vacant, but its late mail is still to be refused
    *link = c.older_sibling;
    return c;
  }
  return take_fresh();
}

void cell_bank::give_back(cell& c) noexcept {
  c.older_sibling = free_;
  free_ = &c;
}

}  // namespace troupe::detail
