// SPDX-License-Identifier: BSD-3-Clause
// CAF for I6: each of 120 actors pings a random one, waits for its pong, pings the next. Forms:
// `reply` (the pong is what the handler of the ping returns) and `send` (the handler sends it to
// the ping's sender).

#include <bench/random.hpp>

#include "system.hpp"

namespace {

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;

struct player_state {
  peer::refs neighbours;
  bench::random random{0};
  std::uint64_t left = 0, sum = 0;
};
using player_actor = caf::stateful_actor<player_state>;

caf::behavior player(player_actor* self, std::uint64_t number, std::uint64_t pings,
                     const caf::actor& referee, bool replies) {
  self->state.random = bench::random(number);
  self->state.left = pings;
  auto send = [=] {
    auto& state = self->state;
    const auto& to = state.neighbours[state.random.below(state.neighbours.size())];
    self->send(to, ping_atom::value, state.left);
  };
  auto rest = caf::message_handler{
      [=](pong_atom, std::uint64_t pong) {
        auto& state = self->state;
        state.sum += pong;
        if (--state.left > 0) {
          send();
        } else {
          self->send(referee, peer::done_atom::value, state.sum);
        }
      },
      [=](peer::start_atom, peer::refs& neighbours) {
        self->state.neighbours = std::move(neighbours);
        send();
      },
      [=](peer::stop_atom) { self->quit(); },
  };
  if (replies) {
    return caf::message_handler{
        [](ping_atom, std::uint64_t ping) -> caf::result<pong_atom, std::uint64_t> {
          return {pong_atom::value, ping};
        },
    }
        .or_else(rest);
  }
  return caf::message_handler{
      [=](ping_atom, std::uint64_t ping) {
        self->send(caf::actor_cast<caf::actor>(self->current_sender()), pong_atom::value, ping);
      },
  }
      .or_else(rest);
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'800'000, {"reply", "send"}, 120);
  const std::uint64_t actors = options.size;
  const std::uint64_t pings = std::max<std::uint64_t>(1, options.count / (2 * actors));
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, actors, caf::actor_cast<caf::actor>(self));
  peer::refs players;
  for (std::uint64_t i = 0; i < actors; ++i) {
    players.push_back(system.spawn(player, i, pings, referee, options.form == "reply"));
  }

  auto start = bench::clock::now();
  for (const auto& one : players) self->send(one, peer::start_atom::value, players);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  for (const auto& one : players) self->send(one, peer::stop_atom::value);
  return bench::report(2 * actors * pings, seconds, sum == actors * (pings * (pings + 1) / 2));
}
