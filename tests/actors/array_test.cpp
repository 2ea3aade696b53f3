// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/array.hpp>

namespace array_test {

using namespace troupe;

int scale(int& item, int by) { return item *= by; }
int sum(std::span<const int> all) { return std::accumulate(all.begin(), all.end(), 0); }
void swap_items(std::span<int> all, std::size_t a, std::size_t b) {
  std::swap(all[a], all[b]);
  if (a == b) throw std::invalid_argument("with itself");
}
void spoil(std::span<int> all) {
  for (int& item : all) item = -1;
  throw std::runtime_error("spoilt");
}

TEST_CASE("array: made by size it is all zeros, made of items it has those") {
  actor_system system({.workers = 2});
  const auto zeros = array<int>::spawn(system, 3);
  CHECK(zeros.snapshot().get() == std::vector{0, 0, 0});
  CHECK(zeros.size().get() == 3);
  CHECK(zeros.describe().get() == "array: 3 items");
  const auto flags = array<bool>::spawn(system, std::vector<bool>{true, false});
  CHECK(flags.get(0).get());
  CHECK_FALSE(flags.get(1).get());
  static_assert(encodable<array<std::string>>);
}

TEST_CASE("array: an index out of range is named, with the size") {
  actor_system system({.workers = 2});
  const auto a = array<int>::spawn(system, std::vector{1, 2, 3});
  CHECK(a.get(-1).get() == 3);
  CHECK_THROWS_WITH_AS((void)a.get(3).get(),
                       "std::out_of_range: array::get: the index is 3, the size 3", handler_error);
  CHECK_THROWS_WITH_AS(a.set(-4, 0).get(),
                       "std::out_of_range: array::set: the index is -4, the size 3", handler_error);
  CHECK_THROWS_WITH_AS((void)a.update<&scale>(7, 2).get(),
                       "std::out_of_range: array::update: the index is 7, the size 3",
                       handler_error);
  CHECK_THROWS_WITH_AS(
      a.set_slice(2, {8, 9}).get(),
      "std::out_of_range: array::set_slice: 2 items from index 2 on, the size is 3", handler_error);
  CHECK(a.snapshot().get() == std::vector{1, 2, 3});
}

TEST_CASE("array: slices are read and written, and take what is there") {
  actor_system system({.workers = 2});
  const auto a = array<int>::spawn(system, std::vector{0, 1, 2, 3, 4});
  CHECK(a.slice(1, 3).get() == std::vector{1, 2});
  CHECK(a.slice(-2).get() == std::vector{3, 4});
  CHECK(a.slice(3, 99).get() == std::vector{3, 4});
  CHECK(a.slice(4, 2).get().empty());
  a.set_slice(-2, {7, 8}).get();
  a.set(0, 9).get();
  CHECK(a.snapshot().get() == std::vector{9, 1, 2, 7, 8});
  CHECK(a.exchange(1, 5).get() == 1);
  a.fill(6).get();
  CHECK(a.snapshot().get() == std::vector{6, 6, 6, 6, 6});
}

TEST_CASE("array: functions look at one item or at all, and change it wholly or not at all") {
  actor_system system({.workers = 2});
  const auto a = array<int>::spawn(system, std::vector{1, 2, 3});
  CHECK(a.update<&scale>(1, 10).get() == 20);
  CHECK(a.apply<&sum>().get() == 24);
  a.apply<&swap_items>(0, 2).get();
  CHECK_THROWS_AS(a.apply<&swap_items>(0, 0).get(), handler_error);
  CHECK_THROWS_AS(a.apply<&spoil>().get(), handler_error);
  CHECK(a.snapshot().get() == std::vector{3, 20, 1});
}

}  // namespace array_test
