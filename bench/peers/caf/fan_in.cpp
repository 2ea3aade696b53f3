// SPDX-License-Identifier: BSD-3-Clause
// CAF for I4: two producing actors, one consumer. Forms: `burst` (a producer sends all in one
// handler) and `chunks` (a thousand, then a message to itself, so that others get a turn).

#include "system.hpp"

namespace {

constexpr std::uint64_t chunk = 1000;

struct consumer_state {
  std::uint64_t seen = 0;
  std::uint64_t sum = 0;
};

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, std::uint64_t expected,
                       caf::actor referee) {
  return {
      [=](peer::number_atom, std::uint64_t number) {
        auto& state = self->state;
        state.sum += number;
        if (++state.seen == expected) {
          self->send(referee, peer::done_atom::value, state.sum);
          self->quit();
        }
      },
  };
}

caf::behavior producer(caf::event_based_actor* self, caf::actor to, std::uint64_t until,
                       bool burst) {
  return {
      [=](peer::start_atom, std::uint64_t from) {
        auto end = burst ? until : std::min(until, from + chunk);
        for (auto i = from; i < end; ++i) self->send(to, peer::number_atom::value, i);
        if (end < until) {
          self->send(self, peer::start_atom::value, end);
        } else {
          self->quit();
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 5'000'000, {"burst", "chunks"});
  bool burst = options.form == "burst";
  std::uint64_t each = (options.count + 1) / 2;
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto sink = system.spawn(consumer, 2 * each, caf::actor_cast<caf::actor>(self));
  auto first = system.spawn(producer, sink, each, burst);
  auto second = system.spawn(producer, sink, 2 * each, burst);

  auto start = bench::clock::now();
  self->send(first, peer::start_atom::value, std::uint64_t{0});
  self->send(second, peer::start_atom::value, each);
  std::uint64_t sum = 0;
  self->receive([&](peer::done_atom, std::uint64_t total) { sum = total; });
  double seconds = bench::seconds_since(start);
  return bench::report(2 * each, seconds, sum == each * (2 * each - 1));
}
