// SPDX-License-Identifier: BSD-3-Clause
// CAF for I8-bytes: the memory of idle actors with eight bytes of state, each of which has handled
// one message.

#include "system.hpp"

namespace {

struct idle_state {
  std::uint64_t number = 0;
};

caf::behavior idle(caf::stateful_actor<idle_state>* self, const caf::actor& referee) {
  return {
      [=](peer::number_atom, std::uint64_t number) {
        self->state.number = number;
        self->send(referee, peer::done_atom::value, number);
      },
      [=](peer::stop_atom) { self->quit(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100'000);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, options.count, caf::actor_cast<caf::actor>(self));
  peer::refs all(options.count);  // nobody else keeps them alive
  bench::memory_taken memory;
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    all[i] = system.spawn(idle, referee);
    self->send(all[i], peer::number_atom::value, i);
  }
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  const double each = memory.bytes_each(options.count);
  for (const auto& one : all) self->send(one, peer::stop_atom::value);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2,
                       nullptr, {{"bytes_each", each}});
}
