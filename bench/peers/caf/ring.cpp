// SPDX-License-Identifier: BSD-3-Clause
// CAF for I3: a token goes round a ring of actors.

#include "system.hpp"

namespace {

using next_atom = caf::atom_constant<caf::atom("next")>;

struct link_state {
  caf::actor next;
};

caf::behavior link(caf::stateful_actor<link_state>* self, std::uint64_t number,
                   const caf::actor& referee) {
  return {
      [=](peer::ball_atom, std::uint64_t left, std::uint64_t sum) {
        if (left == 1) {
          self->send(referee, peer::done_atom::value, sum + number);
        } else {
          self->send(self->state.next, peer::ball_atom::value, left - 1, sum + number);
        }
      },
      [=](next_atom, const caf::actor& next) { self->state.next = next; },
      [=](peer::stop_atom) { self->quit(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 4'000'000, {}, 100);
  const std::uint64_t actors = options.size;
  const std::uint64_t hops = std::max<std::uint64_t>(1, options.count / actors) * actors;
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, std::uint64_t{1}, caf::actor_cast<caf::actor>(self));
  peer::refs ring;
  for (std::uint64_t i = 0; i < actors; ++i) ring.push_back(system.spawn(link, i, referee));
  for (std::uint64_t i = 0; i < actors; ++i) {
    self->send(ring[i], next_atom::value, ring[(i + 1) % actors]);
  }

  auto start = bench::clock::now();
  self->send(ring[0], peer::ball_atom::value, hops, std::uint64_t{0});
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  for (const auto& each : ring) self->send(each, peer::stop_atom::value);
  return bench::report(hops, seconds, sum == hops / actors * (actors * (actors - 1) / 2));
}
