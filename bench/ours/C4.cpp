// SPDX-License-Identifier: BSD-3-Clause
// Troupe for C4: a pool of two processes maps a function that does nothing over so many numbers, chunk 1.

#include <bench/program.hpp>
#include <numeric>
#include <troupe/process_pool.hpp>

namespace {

std::uint64_t same(std::uint64_t x) { return x; }

troupe::task<int> mapping(troupe::actor_system& system, std::uint64_t count) {
  const troupe::pool workers = co_await troupe::pool::start(system, {.processes = 2});
  std::vector<std::uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  const std::vector<std::uint64_t> few(numbers.begin(), numbers.begin() + 100);
  bool good = (co_await workers.map<&same>(few, 1)) == few;
  auto start = bench::clock::now();
  const auto got = co_await workers.map<&same>(numbers, 1);
  double seconds = bench::seconds_since(start);
  good = good && got == numbers;
  co_await workers.close();
  co_await workers.join();
  co_return bench::report(count, seconds, good);
}

}  // namespace

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 200'000, {"processes"});
  troupe::actor_system system({.workers = options.workers});
  return system.run(mapping(system, options.count));
}
