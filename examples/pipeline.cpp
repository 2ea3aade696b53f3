// SPDX-License-Identifier: BSD-3-Clause
//
// Three processes in a row, with a queue between each and the next: one counts, one squares, one adds up. A
// queue holds four numbers, so the slowest sets the pace; who has no more to give shuts the queue down.
//
//   ./dev example pipeline

#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;

using numbers = queue<long>;

task<void> count(actor_system&, long last, numbers to) {
  for (long n = 1; n <= last; ++n) (void)co_await to.put(n);
  co_await to.shutdown();
}

task<void> square(actor_system&, numbers from, numbers to) {
  while (auto n = co_await from.get()) (void)co_await to.put(*n * *n);
  co_await to.shutdown();
}

task<void> add_up(actor_system&, numbers from) {
  long sum = 0;
  while (auto n = co_await from.get()) sum += *n;
  std::cout << "the sum of the squares is " << sum << std::endl;
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const auto counted = numbers::spawn(system, {.maxsize = 4});
    const auto squared = numbers::spawn(system, {.maxsize = 4});
    process first = co_await system.start_process<&count>({.name = "count"}, 1000L, counted);
    process second = co_await system.start_process<&square>({.name = "square"}, counted, squared);
    process third = co_await system.start_process<&add_up>({.name = "add up"}, squared);
    for (process each : {first, second, third})
      std::cout << each.name() << ": " << to_string(co_await each.wait()) << '\n';
    co_return 0;
  });
}
