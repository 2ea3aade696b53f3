// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-fjcreate: a plain thread makes actors and tells each a number; they work a little
// and stop.

#include <bench/countdown.hpp>
#include <bench/program.hpp>
#include <bench/random.hpp>

namespace {

constexpr std::uint64_t cost = 100;

struct number {
  std::uint64_t value;
};

class short_lived : public troupe::actor<number> {
 public:
  explicit short_lived(troupe::actor_ref<bench::finished> referee) : referee_(referee) {}
  void on(number n) {
    referee_.tell(bench::finished{bench::work(n.value, cost)});
    stop();
  }

 private:
  troupe::actor_ref<bench::finished> referee_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 40'000);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(options.count);
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    system.spawn<short_lived>(referee).tell(number{i});
  }
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < options.count; ++i) expected += bench::work(i, cost);
  return bench::report(options.count, seconds, sum == expected);
}
