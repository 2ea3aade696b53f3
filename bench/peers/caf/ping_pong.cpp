// SPDX-License-Identifier: BSD-3-Clause
// CAF for I1: two event-based actors, one message in flight. Forms: `send` (each sends to the
// other) and `reply` (each returns the next message from its handler).

#include "system.hpp"

namespace {

struct player_state {
  caf::actor other;
  std::uint64_t received = 0;
};
using player_actor = caf::stateful_actor<player_state>;

caf::behavior sending_player(player_actor* self, caf::actor referee) {
  return {
      [=](peer::start_atom, const caf::actor& other) { self->state.other = other; },
      [=](peer::ball_atom, std::uint64_t left) {
        auto& state = self->state;
        ++state.received;
        if (left > 1) {
          self->send(state.other, peer::ball_atom::value, left - 1);
        } else {
          self->send(referee, peer::done_atom::value);
        }
      },
      [=](peer::done_atom) {
        self->send(referee, self->state.received);
        self->quit();
      },
  };
}

caf::behavior replying_player(player_actor* self, caf::actor referee) {
  return {
      [=](peer::start_atom, const caf::actor& other, std::uint64_t hops) {
        self->send(other, peer::ball_atom::value, hops);
      },
      [=](peer::ball_atom, std::uint64_t left) -> caf::result<peer::ball_atom, std::uint64_t> {
        ++self->state.received;
        if (left > 1) return {peer::ball_atom::value, left - 1};
        self->send(referee, peer::done_atom::value);
        return caf::skip();
      },
      [=](peer::done_atom) {
        self->send(referee, self->state.received);
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {"send", "reply"});
  bool replies = options.form == "reply";
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = caf::actor_cast<caf::actor>(self);
  auto body = replies ? replying_player : sending_player;
  auto left = system.spawn(body, referee);
  auto right = system.spawn(body, referee);
  if (!replies) {
    self->send(left, peer::start_atom::value, right);
    self->send(right, peer::start_atom::value, left);
  }

  auto start = bench::clock::now();
  if (replies) {
    self->send(right, peer::start_atom::value, left, options.count);
  } else {
    self->send(left, peer::ball_atom::value, options.count);
  }
  self->receive([](peer::done_atom) {});
  double seconds = bench::seconds_since(start);

  std::uint64_t sum = 0;
  for (const auto& player : {left, right}) {
    self->send(player, peer::done_atom::value);
    self->receive([&](std::uint64_t received) { sum += received; });
  }
  return bench::report(options.count, seconds, sum == options.count);
}
