// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I6: each of 120 actors pings a random one, waits for its pong, pings the next.

#include <bench/countdown.hpp>
#include <bench/program.hpp>
#include <bench/random.hpp>

namespace {

struct pong {
  std::uint64_t number;
};
struct ping {
  std::uint64_t number;
  troupe::actor_ref<pong> from;
};
struct begin {
  std::vector<troupe::actor_ref<ping>> neighbours;
};

class player : public troupe::actor<begin, ping, pong> {
 public:
  player(std::uint64_t seed, std::uint64_t pings, troupe::actor_ref<bench::finished> referee)
      : referee_(referee), random_(seed), left_(pings) {}

  void on(begin b) {
    neighbours_ = std::move(b.neighbours);
    send();
  }
  void on(ping p) { p.from.tell(pong{p.number}); }
  void on(pong p) {
    sum_ += p.number;
    if (--left_ > 0) {
      send();
    } else {
      referee_.tell(bench::finished{sum_});
    }
  }

 private:
  void send() { neighbours_[random_.below(neighbours_.size())].tell(ping{left_, self()}); }

  std::vector<troupe::actor_ref<ping>> neighbours_;
  troupe::actor_ref<bench::finished> referee_;
  bench::random random_;
  std::uint64_t left_, sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'800'000, {}, 120);
  const std::uint64_t actors = options.size;
  const std::uint64_t pings = std::max<std::uint64_t>(1, options.count / (2 * actors));
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(actors);
  std::vector<troupe::actor_ref<begin>> players;
  std::vector<troupe::actor_ref<ping>> neighbours;
  for (std::uint64_t i = 0; i < actors; ++i) {
    auto one = system.spawn<player>(i, pings, referee);
    players.push_back(one);
    neighbours.push_back(one);
  }

  auto start = bench::clock::now();
  for (const auto& one : players) one.tell(begin{neighbours});
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(2 * actors * pings, seconds, sum == actors * (pings * (pings + 1) / 2));
}
