// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-philosophers: twenty ask an arbiter for two forks each; who is refused asks again.

#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

struct eat {};
struct refused {};
using philosopher_ref = troupe::actor_ref<eat, refused>;
struct hungry {
  std::uint64_t seat;
  philosopher_ref who;
};
struct sated {
  std::uint64_t seat;
};
struct forks_taken {
  using reply = std::uint64_t;
};

class arbiter : public troupe::actor<hungry, sated, forks_taken> {
 public:
  explicit arbiter(std::uint64_t seats) : taken_(seats) {}
  void on(hungry h) {
    const std::uint64_t left = h.seat;
    const std::uint64_t right = (h.seat + 1) % taken_.size();
    if (taken_[left] || taken_[right]) {
      h.who.tell(refused{});
    } else {
      taken_[left] = taken_[right] = true;
      h.who.tell(eat{});
    }
  }
  void on(sated s) { taken_[s.seat] = taken_[(s.seat + 1) % taken_.size()] = false; }
  std::uint64_t on(forks_taken) const { return std::count(taken_.begin(), taken_.end(), true); }

 private:
  std::vector<bool> taken_;
};

class philosopher : public troupe::actor<eat, refused> {
 public:
  philosopher(std::uint64_t seat, std::uint64_t rounds, troupe::actor_ref<hungry, sated> forks,
              troupe::actor_ref<bench::finished> referee)
      : forks_(forks), referee_(referee), seat_(seat), rounds_(rounds) {
    ask();
  }
  void on(eat) {
    forks_.tell(sated{seat_});
    if (++eaten_ < rounds_) {
      ask();
    } else {
      referee_.tell(bench::finished{eaten_});
    }
  }
  void on(refused) { ask(); }

 private:
  void ask() { forks_.tell(hungry{seat_, self()}); }

  troupe::actor_ref<hungry, sated> forks_;
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t seat_, rounds_, eaten_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {}, 20);
  const std::uint64_t seats = options.size;
  const std::uint64_t rounds = std::max<std::uint64_t>(1, options.count / seats);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(seats);
  auto forks = system.spawn<arbiter>(seats);
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < seats; ++i) system.spawn<philosopher>(i, rounds, forks, referee);
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(seats * rounds, seconds,
                       sum == seats * rounds && forks.ask(forks_taken{}).get() == 0);
}
