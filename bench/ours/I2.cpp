// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I2: pairs of class actors; in each a client keeps a hundred messages under way to an
// echo.

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

constexpr std::uint64_t window = 100;

struct ball {
  std::uint64_t number;
};
struct ping {
  std::uint64_t number;
  troupe::actor_ref<ball> from;
};

class echo : public troupe::actor<ping> {
 public:
  void on(ping p) { p.from.tell(ball{p.number}); }
};

struct start {};

class client : public troupe::actor<start, ball> {
 public:
  client(troupe::actor_ref<ping> to, std::uint64_t count,
         troupe::actor_ref<bench::finished> referee)
      : to_(to), referee_(referee), count_(count) {}

  void on(start) {
    while (sent_ < std::min(window, count_)) send();
  }
  void on(ball b) {
    sum_ += b.number;
    if (sent_ < count_) send();
    if (++seen_ == count_) referee_.tell(bench::finished{sum_});
  }

 private:
  void send() { to_.tell(ping{sent_++, self()}); }

  troupe::actor_ref<ping> to_;
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t count_, sent_ = 0, seen_ = 0, sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 1);
  const std::uint64_t pairs = options.size;
  const std::uint64_t each = (options.count + 2 * pairs - 1) / (2 * pairs);  // there and back
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(pairs);
  std::vector<troupe::actor_ref<start>> clients;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    clients.push_back(system.spawn<client>(system.spawn<echo>(), each, referee));
  }

  auto begin = bench::clock::now();
  for (const auto& c : clients) c.tell(start{});
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(begin);
  return bench::report(2 * pairs * each, seconds, sum == pairs * (each * (each - 1) / 2));
}
