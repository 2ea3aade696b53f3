// SPDX-License-Identifier: BSD-3-Clause
// Floor of I12-nqueens: plain threads, as many as there are workers, solve the same boards without
// messages; each takes the next place of a queen in the first row.

#include <atomic>
#include <thread>

#include <bench/program.hpp>
#include <bench/queens.hpp>

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1, {}, 14);
  const std::uint64_t size = options.size;
  std::atomic<std::uint64_t> found{0};
  std::atomic<std::uint64_t> next{0};
  auto solve = [&] {
    for (std::uint64_t i = next++; i < size; i = next++) {
      found += bench::solutions(bench::with_queen({0, 0, 0}, std::uint64_t{1} << i), 1, size);
    }
  };
  auto start = bench::clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options.workers; ++i) threads.emplace_back(solve);
  solve();
  for (auto& t : threads) t.join();
  double seconds = bench::seconds_since(start);
  return bench::report(1, seconds, found == bench::known_solutions(size));
}
