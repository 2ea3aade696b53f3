// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I8-bytes: the memory of idle actors with eight bytes of state, each of which has
// handled one message.

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

struct number {
  std::uint64_t value;
  troupe::actor_ref<bench::finished> referee;
};

class idle : public troupe::actor<number> {
 public:
  void on(number n) {
    state_ = n.value;
    n.referee.tell(bench::finished{state_});
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1'000'000);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(options.count);
  bench::memory_taken memory;
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) system.spawn<idle>().tell(number{i, referee});
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  const double each = memory.bytes_each(options.count);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2,
                       nullptr, {{"bytes_each", each}});
}
