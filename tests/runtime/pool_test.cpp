// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <thread>
#include <troupe/detail/pool.hpp>
#include <vector>

namespace pool_test {

using namespace troupe::detail;

TEST_CASE("pool: size classes hold what they are asked to hold") {
  CHECK(size_class_of(0) == 0);
  CHECK(size_class_of(32) == 0);
  CHECK(size_class_of(33) == 1);
  CHECK(size_class_of(64) == 1);
  CHECK(size_class_of(1024) == 5);
  CHECK(size_class_of(1025) == heap_class);
}

TEST_CASE("pool: blocks are aligned, whole and distinct, for each class") {
  for (std::size_t bytes : {1u, 64u, 65u, 200u, 500u, 1000u, 5000u}) {
    std::set<void*> seen;
    std::vector<void*> blocks;
    for (int i = 0; i < 200; ++i) {
      void* b = allocate_bytes(bytes);
      CHECK(reinterpret_cast<std::uintptr_t>(b) % (bytes <= 32 ? 32 : block_alignment) == 0);
      CHECK(seen.insert(b).second);
      std::memset(b, i, bytes);
      blocks.push_back(b);
    }
    for (int i = 0; i < 200; ++i) {
      CHECK(static_cast<unsigned char*>(blocks[i])[bytes - 1] == i);
      free_bytes(blocks[i], bytes);
    }
  }
}

TEST_CASE("pool: blocks freed on another thread come back, also from threads that have ended") {
  std::vector<void*> blocks;
  std::set<void*> first;
  for (int round = 0; round < 50; ++round) {
    std::thread maker([&] {
      for (int i = 0; i < 1000; ++i) blocks.push_back(allocate_bytes(512));
    });
    maker.join();
    if (round == 0) first.insert(blocks.begin(), blocks.end());
    std::thread taker([&] {
      for (void* b : blocks) free_bytes(b, 512);
      blocks.clear();
    });
    taker.join();
  }
  // After fifty rounds the blocks of the first are still those in use: nothing has been lost.
  int again = 0;
  for (int i = 0; i < 1000; ++i) {
    blocks.push_back(allocate_bytes(512));
    again += static_cast<int>(first.count(blocks.back()));
  }
  for (void* b : blocks) free_bytes(b, 512);
  CHECK(again > 500);
}

}  // namespace pool_test
