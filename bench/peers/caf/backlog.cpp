// SPDX-License-Identifier: BSD-3-Clause
// CAF for I10: a plain thread sends to an actor that is held in its handler; then it is let go.

#include <future>

#include "system.hpp"

namespace {

struct consumer_state {
  std::uint64_t left = 0, sum = 0;
};

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, std::uint64_t expected,
                       std::shared_future<void> go, const caf::actor& referee) {
  self->state.left = expected;
  return {
      [=](std::uint64_t number) {
        self->state.sum += number;
        if (--self->state.left > 0) return;
        self->send(referee, peer::done_atom::value, self->state.sum);
        self->quit();
      },
      [=](peer::start_atom) { go.wait(); },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 10'000'000);
  std::promise<void> go;
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto to = system.spawn(consumer, options.count, go.get_future().share(),
                         caf::actor_cast<caf::actor>(self));
  caf::anon_send(to, peer::start_atom::value);
  bench::memory_taken memory;
  for (std::uint64_t i = 0; i < options.count; ++i) caf::anon_send(to, i);
  const double each = memory.bytes_each(options.count);

  auto start = bench::clock::now();
  go.set_value();
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2,
                       nullptr, {{"bytes_each", each}});
}
