// SPDX-License-Identifier: BSD-3-Clause
//
// The shared counter of Python's multiprocessing guide, without what is shared and without the lock:
//
//     def add(counter, lock, times):
//         for _ in range(times):
//             with lock:
//                 counter.value += 1
//
//     counter, lock = Value('i', 0, lock=False), Lock()
//     adders = [Process(target=add, args=(counter, lock, 100_000)) for _ in range(4)]
//
// There, whoever forgets `with lock` loses counts, and whoever is killed inside it stops all others
// for good. Here the number belongs to one actor, which handles one message at a time; processes do
// not reach into its memory but tell it what to do.
//
//   ./dev example counter_without_lock [PROCESSES [TIMES]]

#include <cstdlib>
#include <iostream>
#include <troupe/troupe.hpp>
#include <vector>

using namespace troupe;

struct increment {};
struct total {
  using reply = long;
};

class counter : public actor<increment, total> {
 public:
  void on(increment) { ++value_; }
  long on(total) const { return value_; }

 private:
  long value_ = 0;
};

/// What each process runs. Its question at the end is handled after all it has told before.
behavior add(mailbox<> /*mail*/, actor_ref<increment, total> shared, long times) {
  for (long i = 0; i < times; ++i) shared.tell(increment{});
  co_await shared.ask(total{});
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](actor_system& system) -> task<int> {
    const long processes = argc > 1 ? std::atol(argv[1]) : 4;
    const long times = argc > 2 ? std::atol(argv[2]) : 100'000;
    auto shared = system.spawn<counter>();

    std::vector<actor_ref<>> adders;
    for (long i = 0; i < processes; ++i) {
      process home = co_await system.start_process({});
      auto adder = co_await home.spawn<add>(actor_ref<increment, total>(shared), times);
      adders.push_back(adder);
    }
    for (const auto& adder : adders) co_await ended(adder);
    const long sum = co_await shared.ask(total{});
    std::cout << sum << " of " << processes * times << '\n';
    co_return sum == processes* times ? 0 : 1;
  });
}
