// SPDX-License-Identifier: BSD-3-Clause
// Troupe for C1: two actors pass a barrier round after round. Forms: `apart` (one of them in another
// process) and `together`.

#include <bench/program.hpp>
#include <troupe/barrier.hpp>
#include <troupe/process.hpp>
#include <troupe/when.hpp>

namespace bench {

struct pass_rounds {
  using reply = std::uint64_t;  // the sum of the indices: in each round one is 0 and one is 1
  troupe::barrier gate;
  std::uint64_t rounds = 0;
};

class party : public troupe::actor<pass_rounds> {
 public:
  troupe::task<std::uint64_t> on(pass_rounds order) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < order.rounds; ++i) {
      sum += static_cast<std::uint64_t>(co_await order.gate.wait());
    }
    co_return sum;
  }
};

troupe::task<int> pass(troupe::actor_system& system, std::uint64_t count, bool apart) {
  const auto gate = troupe::barrier::spawn(system, {.parties = 2});
  const troupe::actor_ref<pass_rounds> here = system.spawn<party>();
  troupe::actor_ref<pass_rounds> there;
  if (apart) {
    troupe::process other = co_await system.start_process({.name = "party"});
    there = co_await other.spawn<party>();
  } else {
    there = system.spawn<party>();
  }
  const auto warm_up = co_await troupe::when_all(here.ask(pass_rounds{gate, 100}),
                                                 there.ask(pass_rounds{gate, 100}));
  const auto start = clock::now();
  const auto [one, two] = co_await troupe::when_all(here.ask(pass_rounds{gate, count}),
                                                    there.ask(pass_rounds{gate, count}));
  const double seconds = seconds_since(start);
  co_return report(count, seconds, std::get<0>(warm_up).has_value() && *one + *two == count);
}

}  // namespace bench

int main(int argc, char** argv) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  auto options = bench::parse(argc, argv, 100'000, {"apart", "together"});
  troupe::actor_system system({.workers = options.workers});
  return system.run(bench::pass(system, options.count, options.form == "apart"));
}
