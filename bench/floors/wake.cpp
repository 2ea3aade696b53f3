// SPDX-License-Identifier: BSD-3-Clause
// Floor of I11-wake: a thread that works ten milliseconds, again and again, wakes another one before it works, with
// one system call. Timed is how long that takes to run. No runtime whose idle threads sleep can do better.

#include <atomic>
#include <thread>

#include <bench/program.hpp>

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100);
  std::atomic<int> calls{0};
  std::atomic<bench::clock::time_point> called;
  bench::latencies single(options.count);
  std::thread sleeper([&] {
    for (int heard = 0; single.count() < options.count; ++heard) {
      calls.wait(heard);
      single.add(bench::clock::now() - called.load());
    }
  });
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    const auto begin = bench::clock::now();
    called = begin;
    ++calls;
    calls.notify_one();
    while (bench::clock::now() - begin < std::chrono::milliseconds(10)) {
    }
  }
  sleeper.join();
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, single.count() == options.count, &single);
}
