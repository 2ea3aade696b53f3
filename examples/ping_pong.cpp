// SPDX-License-Identifier: BSD-3-Clause
//
// Two actors that read like threads throw a ball to each other: first in one process, then with one
// of them in another. Only the place where the partner is spawned differs.
//
//   ./dev example ping_pong [THROWS]

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct ball {
  long throws = 0;
  actor_ref<ball> from;  // a handle travels in a message
};

/// Throws each ball back, until there is none for a second.
behavior partner(mailbox<ball> mail) {
  while (auto b = co_await mail.receive<ball>(1s)) {
    b->from.tell(ball{b->throws + 1, mail.self()});
  }
}

struct play {
  using reply = double;  // seconds
  long throws_max = 0;
};

/// Plays one game with `other`, for whoever asks for it.
behavior player(mailbox<ball, play> mail, actor_ref<ball> other) {
  auto game = co_await mail.receive<question<play>>();
  const auto begin = std::chrono::steady_clock::now();
  other.tell(ball{1, mail.self()});
  while (true) {
    ball b = co_await mail.receive<ball>();
    if (b.throws >= game.message.throws_max) break;
    b.from.tell(ball{b.throws + 1, mail.self()});
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  game.answer.set_value(taken.count());
}

task<void> play_with(actor_system& system, const char* where, actor_ref<ball> other, long throws) {
  auto me = system.spawn<player>(other);
  const double seconds = co_await me.ask(play{throws});
  std::cout << where << ": " << static_cast<long>(throws / seconds) << " messages per second\n";
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](actor_system& system) -> task<int> {
    const long throws = argc > 1 ? std::atol(argv[1]) : 1'000'000;
    auto near = system.spawn<partner>();
    co_await play_with(system, "one process  ", near, throws);

    process other = co_await system.start_process({.name = "partner"});
    auto far = co_await other.spawn<partner>();
    co_await play_with(system, "two processes", far, throws / 10);
    co_return 0;
  });
}
