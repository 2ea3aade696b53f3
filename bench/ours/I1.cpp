// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I1: a ball with a counter goes back and forth between two class actors.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct ball {
  std::uint64_t left;
};
struct serve {
  using reply = std::uint64_t;  // how many hops the first player saw
  troupe::actor_ref<ball> to;
  std::uint64_t hops;
};

class player : public troupe::actor<ball, serve> {
 public:
  troupe::promise<std::uint64_t> on(serve order) {
    other_ = order.to;
    over_ = make_promise<std::uint64_t>();
    if (order.hops == 0) {
      over_.set_value(0);
    } else {
      other_.tell(ball{order.hops - 1});
    }
    return over_;
  }
  void on(ball b) {
    ++seen_;
    if (b.left == 0) {
      over_.set_value(seen_);
    } else {
      other_.tell(ball{b.left - 1});
    }
  }

 private:
  troupe::actor_ref<ball> other_;
  troupe::promise<std::uint64_t> over_;
  std::uint64_t seen_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000);
  const std::uint64_t hops = options.count / 2 * 2;  // the last ball comes back to the first player
  troupe::actor_system system({.workers = options.workers});
  auto first = system.spawn<player>();
  auto second = system.spawn<player>();
  second.ask(serve{first, 0}).get();
  auto start = bench::clock::now();
  const std::uint64_t seen = first.ask(serve{second, hops}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(hops, seconds, seen == hops / 2);
}
