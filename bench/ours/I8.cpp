// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I8: an actor makes many, tells each a number and they stop. Forms: `child` (they
// belong to their maker) and `system` (they belong to the system).

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

constexpr std::uint64_t chunk = 1000;

struct number {
  std::uint64_t value;
};

class short_lived : public troupe::actor<number> {
 public:
  explicit short_lived(troupe::actor_ref<bench::finished> referee) : referee_(referee) {}
  void on(number n) {
    referee_.tell(bench::finished{n.value});
    stop();
  }

 private:
  troupe::actor_ref<bench::finished> referee_;
};

struct make {
  std::uint64_t from;
};

class maker : public troupe::actor<make> {
 public:
  maker(std::uint64_t count, bool children, troupe::actor_ref<bench::finished> referee)
      : referee_(referee), count_(count), children_(children) {}

  // A thousand, then a message to itself, so that others get a turn.
  void on(make m) {
    const std::uint64_t end = std::min(count_, m.from + chunk);
    for (std::uint64_t i = m.from; i < end; ++i) {
      auto one = children_ ? spawn<short_lived>(referee_) : system().spawn<short_lived>(referee_);
      one.tell(number{i});
    }
    if (end < count_) self().tell(make{end});
  }

 private:
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t count_;
  bool children_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1'000'000, {"child", "system"});
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(options.count);
  auto from = system.spawn<maker>(options.count, options.form == "child", referee);
  auto start = bench::clock::now();
  from.tell(make{0});
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2);
}
