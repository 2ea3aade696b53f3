// SPDX-License-Identifier: BSD-3-Clause
//
// A process of its own has what others share: Python's Manager. Who uses it may die; what is in it stays. A
// function that is called there throws here, as itself.
//
//   ./dev example manager

#include <iostream>
#include <stdexcept>
#include <string>
#include <troupe/troupe.hpp>

using namespace troupe;

using scores = dict<std::string, long>;

long add(long& score, long more) noexcept { return score += more; }

behavior play(mailbox<>, scores all, std::string name, long points) {
  co_await all.update<&add>(name, points);
}

/// Called in the server, where it can make what shall live there.
scores start_with(actor_system& system, std::string name, long points) {
  if (points < 0) throw std::invalid_argument("nobody starts below zero");
  return scores::spawn(system, {{name, points}});
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    closing shared(co_await manager::start(system));
    try {
      co_await shared->call<&start_with>("Ada", -1);
    } catch (const std::invalid_argument& error) {
      std::cout << error.what() << '\n';
    }
    const auto all = co_await shared->call<&start_with>("Ada", 1);

    for (const char* name : {"Ada", "Grace"}) {
      process player = co_await system.start_process({.name = name});
      co_await ended(co_await player.spawn<&play>(all, name, 10));
      player.kill();
      co_await player.wait();
    }
    for (const auto& [name, points] : co_await all.snapshot())
      std::cout << name << ' ' << points << '\n';
    const auto games = co_await shared->make<queue<int>>();  // what has a spawn() needs no function
    co_return co_await games.empty() ? 0 : 1;
  });
}
