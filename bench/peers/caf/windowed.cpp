// SPDX-License-Identifier: BSD-3-Clause
// CAF for I2: pairs of actors; in each a client keeps a hundred messages under way to an echo.
// Forms of the echo: `reply` (returns the message from its handler) and `send` (to a known client).

#include "system.hpp"

namespace {

constexpr std::uint64_t window = 100;

caf::behavior replying_echo(caf::event_based_actor*) {
  return {
      [](peer::ball_atom, std::uint64_t number) -> caf::result<peer::ball_atom, std::uint64_t> {
        return {peer::ball_atom::value, number};
      },
  };
}

struct echo_state {
  caf::actor client;
};

caf::behavior sending_echo(caf::stateful_actor<echo_state>* self) {
  return {
      [=](peer::start_atom, const caf::actor& client) { self->state.client = client; },
      [=](peer::ball_atom, std::uint64_t number) {
        self->send(self->state.client, peer::ball_atom::value, number);
      },
      [=](peer::stop_atom) { self->quit(); },
  };
}

struct client_state {
  std::uint64_t sent = 0, seen = 0, sum = 0;
};

caf::behavior client(caf::stateful_actor<client_state>* self, const caf::actor& to,
                     std::uint64_t count, const caf::actor& referee, bool replies) {
  auto send = [=] { self->send(to, peer::ball_atom::value, self->state.sent++); };
  return {
      [=](peer::start_atom) {
        if (!replies) self->send(to, peer::start_atom::value, caf::actor_cast<caf::actor>(self));
        while (self->state.sent < std::min(window, count)) send();
      },
      [=](peer::ball_atom, std::uint64_t number) {
        auto& state = self->state;
        state.sum += number;
        if (state.sent < count) send();
        if (++state.seen == count) {
          self->send(referee, peer::done_atom::value, state.sum);
          if (!replies) self->send(to, peer::stop_atom::value);  // they know each other
          self->quit();
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {"reply", "send"}, 1);
  const std::uint64_t pairs = options.size;
  const std::uint64_t each = (options.count + 2 * pairs - 1) / (2 * pairs);
  const bool replies = options.form == "reply";
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, pairs, caf::actor_cast<caf::actor>(self));
  peer::refs clients;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    auto to = replies ? system.spawn(replying_echo) : system.spawn(sending_echo);
    clients.push_back(system.spawn(client, to, each, referee, replies));
  }

  auto begin = bench::clock::now();
  for (const auto& c : clients) self->send(c, peer::start_atom::value);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(begin);
  return bench::report(2 * pairs * each, seconds, sum == pairs * (each * (each - 1) / 2));
}
