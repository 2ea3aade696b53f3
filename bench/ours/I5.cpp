// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I5: rounds in which one actor tells each of a thousand, and all acknowledge.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct ack {
  std::uint64_t round;
};
struct news {
  std::uint64_t round;
  troupe::actor_ref<ack> from;
};

class receiver : public troupe::actor<news> {
 public:
  void on(news n) { n.from.tell(ack{n.round}); }
};

struct play {
  using reply = std::uint64_t;  // the sum of all acknowledged rounds
  std::uint64_t rounds;
};

class hub : public troupe::actor<ack, play> {
 public:
  explicit hub(std::uint64_t receivers) {
    for (std::uint64_t i = 0; i < receivers; ++i) to_.push_back(spawn<receiver>());
  }
  troupe::promise<std::uint64_t> on(play order) {
    left_ = order.rounds;
    over_ = make_promise<std::uint64_t>();
    tell_all();
    return over_;
  }
  void on(ack a) {
    sum_ += a.round;
    if (--missing_ > 0) return;
    if (--left_ > 0) {
      tell_all();
    } else {
      over_.set_value(sum_);
    }
  }

 private:
  void tell_all() {
    missing_ = to_.size();
    for (const auto& r : to_) r.tell(news{left_, self()});
  }

  std::vector<troupe::actor_ref<news>> to_;
  std::uint64_t left_ = 0, missing_ = 0, sum_ = 0;
  troupe::promise<std::uint64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 2'000'000, {}, 1000);
  const std::uint64_t rounds = std::max<std::uint64_t>(1, options.count / (2 * options.size));
  troupe::actor_system system({.workers = options.workers});
  auto from = system.spawn<hub>(options.size);
  auto start = bench::clock::now();
  const std::uint64_t sum = from.ask(play{rounds}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(2 * rounds * options.size, seconds,
                       sum == options.size * (rounds * (rounds + 1) / 2));
}
