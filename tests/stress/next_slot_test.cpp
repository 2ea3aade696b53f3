// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "next_slot.hpp"

namespace {

using troupe::detail::cell;
using troupe::detail::next_slot;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr std::size_t rounds = 20'000;
#else
constexpr std::size_t rounds = 200'000;
#endif
#else
constexpr std::size_t rounds = 200'000;
#endif

/// Stands for `rounds` different cells: the slot never looks inside one.
class tokens {
 public:
  cell& operator[](std::size_t i) noexcept { return reinterpret_cast<cell&>(all_[i]); }
  void take(cell* c) noexcept {
    reinterpret_cast<token*>(c)->taken.fetch_add(1, std::memory_order_relaxed);
  }
  std::size_t not_once() const {
    std::size_t wrong = 0;
    for (const token& t : all_) wrong += t.taken.load() != 1;
    return wrong;
  }

 private:
  struct alignas(cell) token {
    std::atomic<int> taken{0};
  };
  std::vector<token> all_ = std::vector<token>(rounds);
};

std::size_t steal_while_the_owner_works(bool use_barrier) {
  tokens cells;
  next_slot slot(use_barrier);
  std::atomic<bool> over{false};
  std::atomic<std::size_t> stolen{0};
  std::vector<std::thread> thieves;
  for (int i = 0; i < 2; ++i) {
    thieves.emplace_back([&] {
      while (!over.load(std::memory_order_relaxed)) {
        if (cell* c = slot.steal()) {
          cells.take(c);
          stolen.fetch_add(1, std::memory_order_relaxed);
        }
      }
    });
  }
  for (std::size_t i = 0; i < rounds; ++i) {
    if (cell* displaced = slot.put(cells[i])) cells.take(displaced);
    if (i % 256 == 0) {  // a long handler: the cell stays until a thief has it
      while (!slot.is_empty()) std::this_thread::yield();
    }
    if (i % 3 == 0) continue;  // the next put displaces it, or a thief was here
    if (cell* c = slot.take()) cells.take(c);
  }
  if (cell* c = slot.take()) cells.take(c);
  over = true;
  for (std::thread& thief : thieves) thief.join();
  CHECK(stolen.load() > 0);
  return cells.not_once();
}

}  // namespace

TEST_CASE("next slot: every cell is had by exactly one, thief or owner") {
  if (next_slot::has_barrier()) CHECK(steal_while_the_owner_works(true) == 0);
  CHECK(steal_while_the_owner_works(false) == 0);
}
