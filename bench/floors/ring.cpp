// SPDX-License-Identifier: BSD-3-Clause
// Floor of I3: a walk along a ring of linked nodes, one cache line each, which writes to each.

#include <memory>

#include <bench/program.hpp>

namespace {

struct alignas(64) node {
  node* next = nullptr;
  std::uint64_t number = 0;
  std::uint64_t seen = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 100);
  const std::uint64_t size = options.size;
  const std::uint64_t hops = std::max<std::uint64_t>(1, options.count / size) * size;
  auto ring = std::make_unique<node[]>(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    ring[i].next = &ring[(i + 1) % size];
    ring[i].number = i;
  }

  auto start = bench::clock::now();
  std::uint64_t sum = 0;
  node* at = ring.get();
  for (std::uint64_t left = hops; left > 0; --left) {
    sum += at->number;
    ++at->seen;
    at = at->next;
  }
  double seconds = bench::seconds_since(start);
  bool good = sum == hops / size * (size * (size - 1) / 2);
  for (std::uint64_t i = 0; i < size; ++i) good = ring[i].seen == hops / size && good;
  return bench::report(hops, seconds, good);
}
