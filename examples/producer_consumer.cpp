// SPDX-License-Identifier: BSD-3-Clause
//
// One who produces and two who consume, each in a process of its own, with a queue of at most four numbers
// between them. One consumer is killed over its work; the queue hands what it had to the other.
//
//   ./dev example producer_consumer

#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;

using numbers = joinable_queue<int>;
using results = dict<int, long>;

behavior square(mailbox<>, numbers from, results to) {
  while (auto number = co_await from.get()) {           // until the queue is shut down
    co_await to.set(*number, long{*number} * *number);  // twice would do no harm
    co_await from.task_done();
  }
}

long total(const results::contents& squares) {
  long sum = 0;
  for (const auto& [number, its_square] : squares) sum += its_square;
  return sum;
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const auto todo = numbers::spawn(system, {.maxsize = 4, .deliveries = 2});
    const auto done = results::spawn(system);
    process first = co_await system.start_process({.name = "first"});
    process second = co_await system.start_process({.name = "second"});
    for (process& each : {std::ref(first), std::ref(second)}) {
      co_await each.spawn<square>(todo, done);
    }

    for (int i = 0; i < 100; ++i) {
      (void)co_await todo.put(i);  // waits while four lie there
      if (i == 50) first.kill();
    }
    const auto all = co_await todo.join();  // every number is done, or has failed
    co_await todo.shutdown();
    std::cout << co_await done.size() << " squares, " << all.failures << " failed, sum "
              << co_await done.apply<&total>() << '\n';
    co_return 0;
  });
}
