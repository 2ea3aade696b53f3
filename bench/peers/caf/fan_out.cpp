// SPDX-License-Identifier: BSD-3-Clause
// CAF for I5: rounds in which one actor tells each of a thousand, and all acknowledge. Forms:
// `send` (a message made for each receiver) and `shared` (one message, as CAF's messages are
// counted references).

#include "system.hpp"

namespace {

caf::behavior receiver(caf::event_based_actor*) {
  return {
      [](peer::number_atom, std::uint64_t round) -> caf::result<peer::done_atom, std::uint64_t> {
        return {peer::done_atom::value, round};
      },
  };
}

struct hub_state {
  peer::refs to;
  std::uint64_t left = 0, missing = 0, sum = 0;
};
using hub_actor = caf::stateful_actor<hub_state>;

void tell_all(hub_actor* self, bool shared) {
  auto& state = self->state;
  state.missing = state.to.size();
  if (shared) {
    auto message = caf::make_message(peer::number_atom::value, state.left);
    for (const auto& r : state.to) self->send(r, message);
  } else {
    for (const auto& r : state.to) self->send(r, peer::number_atom::value, state.left);
  }
}

caf::behavior hub(hub_actor* self, std::uint64_t receivers, bool shared,
                  const caf::actor& referee) {
  for (std::uint64_t i = 0; i < receivers; ++i) self->state.to.push_back(self->spawn(receiver));
  return {
      [=](peer::start_atom, std::uint64_t rounds) {
        self->state.left = rounds;
        tell_all(self, shared);
      },
      [=](peer::done_atom, std::uint64_t round) {
        auto& state = self->state;
        state.sum += round;
        if (--state.missing > 0) return;
        if (--state.left > 0) {
          tell_all(self, shared);
        } else {
          self->send(referee, peer::done_atom::value, state.sum);
          self->quit();
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 2'000'000, {"send", "shared"}, 1000);
  const std::uint64_t rounds = std::max<std::uint64_t>(1, options.count / (2 * options.size));
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto from =
      system.spawn(hub, options.size, options.form == "shared", caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  self->send(from, peer::start_atom::value, rounds);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(2 * rounds * options.size, seconds,
                       sum == options.size * (rounds * (rounds + 1) / 2));
}
