// SPDX-License-Identifier: BSD-3-Clause
// std::barrier for C1 in one process: two threads pass it round after round. Which of them is the last to
// arrive it does not tell, so what is checked is that no round begins before both have counted.

#include <atomic>
#include <barrier>
#include <thread>

#include <bench/program.hpp>

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100'000);
  std::barrier gate(2);
  std::atomic<std::uint64_t> arrivals{0};
  const auto pass = [&](std::uint64_t rounds) {
    bool good = true;
    for (std::uint64_t i = 0; i < rounds; ++i) {
      arrivals.fetch_add(1, std::memory_order_relaxed);
      gate.arrive_and_wait();
      good = arrivals.load(std::memory_order_relaxed) >= 2 * (i + 1) && good;
    }
    return good;
  };
  bool theirs = false;
  const auto start = bench::clock::now();
  std::thread other([&] { theirs = pass(options.count); });
  const bool ours = pass(options.count);
  other.join();
  const double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, ours && theirs);
}
