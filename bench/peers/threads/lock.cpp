// SPDX-License-Identifier: BSD-3-Clause
// std::mutex for C2 in one process: two threads take it again and again, and count.

#include <mutex>
#include <thread>

#include <bench/program.hpp>

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100'000);
  std::mutex door;
  std::uint64_t turns = 0;
  const auto take = [&] {
    for (std::uint64_t i = 0; i < options.count / 2; ++i) {
      const std::scoped_lock held{door};
      ++turns;
    }
  };
  const auto start = bench::clock::now();
  std::thread other(take);
  take();
  other.join();
  const double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, turns == options.count / 2 * 2);
}
