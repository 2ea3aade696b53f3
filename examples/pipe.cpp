// SPDX-License-Identifier: BSD-3-Clause
//
// A parent and a child with a pipe between them. The child squares what comes, until the end of the stream;
// then it is asked for too much and dies, and the parent reads that, too, from its end of the pipe.
#include <csignal>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;

behavior square(mailbox<>, connection<long> end) {
  while (auto number = co_await end.receive()) {
    if (*number < 0) std::raise(SIGKILL);
    co_await end.send(*number * *number);
  }
  end.close();
}

/// Sends the numbers, closes nothing, and prints what comes back until the stream ends.
task<void> talk(process child, connection<long> mine, connection<long> its,
                std::vector<long> numbers) {
  const auto squarer = co_await child.spawn<&square>(its);
  co_await its.held_by(squarer);
  for (long number : numbers) co_await mine.send(number);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    // Whatever is ready first: an answer, the end of the stream, the end of the child.
    (void)co_await wait_ready({mine, squarer});
    const auto answer = co_await mine.receive();
    if (!answer) co_return void(std::cout << "the child has died\n");
    std::cout << *answer << '\n';
  }
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const auto child = co_await system.start_process({.name = "squarer"});
    const auto [mine, its] = pipe<long>(system);
    co_await talk(child, mine, its, {2, 3, 4, -1});
    co_return 0;
  });
}
