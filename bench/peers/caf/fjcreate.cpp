// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-fjcreate: a plain thread makes actors and tells each a number; they work a little and
// stop. Forms: `eager`, and `lazy` (scheduled by the first message, not by the start).

#include <bench/random.hpp>

#include "system.hpp"

namespace {

constexpr std::uint64_t cost = 100;

caf::behavior short_lived(caf::event_based_actor* self, const caf::actor& referee) {
  return {
      [=](peer::number_atom, std::uint64_t number) {
        self->send(referee, peer::done_atom::value, bench::work(number, cost));
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 40'000, {"eager", "lazy"});
  const bool lazy = options.form == "lazy";
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, options.count, caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < options.count; ++i) {
    auto one = lazy ? system.spawn<caf::lazy_init>(short_lived, referee)
                    : system.spawn(short_lived, referee);
    self->send(one, peer::number_atom::value, i);
  }
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < options.count; ++i) expected += bench::work(i, cost);
  return bench::report(options.count, seconds, sum == expected);
}
