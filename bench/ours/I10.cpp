// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I10: a plain thread sends to an actor that is held in its handler; then it is let go.
// Figures: what a waiting message takes in memory, and how fast the messages are handled.

#include <atomic>
#include <bench/countdown.hpp>
#include <bench/program.hpp>

namespace {

struct number {
  std::uint64_t value;
};
struct hold {};

class consumer : public troupe::actor<hold, number> {
 public:
  static constexpr auto bounds = troupe::unbounded;  // as the peers' mailboxes are

  consumer(std::uint64_t expected, std::atomic<bool>& go,
           troupe::actor_ref<bench::finished> referee)
      : go_(go), referee_(referee), left_(expected) {}
  void on(hold) { go_.wait(false); }
  void on(number n) {
    sum_ += n.value;
    if (--left_ == 0) referee_.tell(bench::finished{sum_});
  }

 private:
  std::atomic<bool>& go_;
  troupe::actor_ref<bench::finished> referee_;
  std::uint64_t left_, sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 10'000'000);
  std::atomic<bool> go{false};
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(1);
  auto to = system.spawn<consumer>(options.count, std::ref(go), referee);
  to.tell(hold{});
  bench::memory_taken memory;
  for (std::uint64_t i = 0; i < options.count; ++i) to.tell(number{i});
  const double each = memory.bytes_each(options.count);

  auto start = bench::clock::now();
  go.store(true);
  go.notify_all();
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2,
                       nullptr, {{"bytes_each", each}});
}
