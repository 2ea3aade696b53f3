// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I3: a token goes round a ring of class actors.

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

struct token {
  std::uint64_t left;
  std::uint64_t sum;  // of the numbers of those it has passed
};
struct next_is {
  troupe::actor_ref<token> actor;
};

class station : public troupe::actor<token, next_is> {
 public:
  station(std::uint64_t number, troupe::actor_ref<bench::finished> referee)
      : referee_(referee), number_(number) {}
  void on(next_is n) { next_ = n.actor; }
  void on(token t) {
    t.sum += number_;
    if (t.left == 1) {
      referee_.tell(bench::finished{t.sum});
    } else {
      next_.tell(token{t.left - 1, t.sum});
    }
  }

 private:
  troupe::actor_ref<token> next_;
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t number_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 100);
  const std::uint64_t actors = options.size;
  const std::uint64_t hops = std::max<std::uint64_t>(1, options.count / actors) * actors;
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(1);
  std::vector<troupe::actor_ref<token, next_is>> ring;
  for (std::uint64_t i = 0; i < actors; ++i) ring.push_back(system.spawn<station>(i, referee));
  for (std::uint64_t i = 0; i < actors; ++i) ring[i].tell(next_is{ring[(i + 1) % actors]});

  auto start = bench::clock::now();
  ring[0].tell(token{hops, 0});
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(hops, seconds, sum == hops / actors * (actors * (actors - 1) / 2));
}
