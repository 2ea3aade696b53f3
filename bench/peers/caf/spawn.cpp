// SPDX-License-Identifier: BSD-3-Clause
// CAF for I8: an actor makes many, tells each a number and they stop. Forms: `eager`, and `lazy`
// (scheduled by its first message, not by its start).

#include "system.hpp"

namespace {

constexpr std::uint64_t chunk = 1000;

caf::behavior short_lived(caf::event_based_actor* self, const caf::actor& referee) {
  return {
      [=](peer::number_atom, std::uint64_t number) {
        self->send(referee, peer::done_atom::value, number);
        self->quit();
      },
  };
}

caf::behavior maker(caf::event_based_actor* self, std::uint64_t count, bool lazy,
                    const caf::actor& referee) {
  return {
      // A thousand, then a message to itself, so that others get a turn.
      [=](peer::start_atom, std::uint64_t from) {
        const std::uint64_t end = std::min(count, from + chunk);
        for (std::uint64_t i = from; i < end; ++i) {
          auto one = lazy ? self->spawn<caf::lazy_init>(short_lived, referee)
                          : self->spawn(short_lived, referee);
          self->send(one, peer::number_atom::value, i);
        }
        if (end < count) {
          self->send(self, peer::start_atom::value, end);
        } else {
          self->quit();
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100'000, {"eager", "lazy"});
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, options.count, caf::actor_cast<caf::actor>(self));
  auto from = system.spawn(maker, options.count, options.form == "lazy", referee);
  auto start = bench::clock::now();
  self->send(from, peer::start_atom::value, std::uint64_t{0});
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == options.count * (options.count - 1) / 2);
}
