// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-philosophers: twenty ask an arbiter for two forks each; who is refused asks again.
// Forms: `reply` (the arbiter returns its answer from the handler) and `send` (to the sender).

#include "system.hpp"

namespace {

using hungry_atom = caf::atom_constant<caf::atom("hungry")>;
using sated_atom = caf::atom_constant<caf::atom("sated")>;
using answer_atom = caf::atom_constant<caf::atom("answer")>;
using taken_atom = caf::atom_constant<caf::atom("taken")>;

struct arbiter_state {
  std::vector<bool> taken;
};

caf::behavior arbiter(caf::stateful_actor<arbiter_state>* self, std::uint64_t seats, bool replies) {
  self->state.taken.resize(seats);
  auto answer = [=](std::uint64_t left) {
    auto& taken = self->state.taken;
    const std::uint64_t right = (left + 1) % taken.size();
    if (taken[left] || taken[right]) return false;
    taken[left] = taken[right] = true;
    return true;
  };
  auto rest = caf::message_handler{
      [=](sated_atom, std::uint64_t left) {
        auto& taken = self->state.taken;
        taken[left] = taken[(left + 1) % taken.size()] = false;
      },
      [=](taken_atom) {
        auto& taken = self->state.taken;
        const std::uint64_t count = std::count(taken.begin(), taken.end(), true);
        self->quit();
        return count;
      },
  };
  if (replies) {
    return caf::message_handler{
        [=](hungry_atom, std::uint64_t left) -> caf::result<answer_atom, bool> {
          return {answer_atom::value, answer(left)};
        },
    }
        .or_else(rest);
  }
  return caf::message_handler{
      [=](hungry_atom, std::uint64_t left) {
        self->send(caf::actor_cast<caf::actor>(self->current_sender()), answer_atom::value,
                   answer(left));
      },
  }
      .or_else(rest);
}

struct philosopher_state {
  std::uint64_t eaten = 0;
};

caf::behavior philosopher(caf::stateful_actor<philosopher_state>* self, std::uint64_t seat,
                          std::uint64_t rounds, const caf::actor& forks,
                          const caf::actor& referee) {
  self->send(forks, hungry_atom::value, seat);
  return {
      [=](answer_atom, bool eat) {
        if (eat) {
          self->send(forks, sated_atom::value, seat);
          if (++self->state.eaten == rounds) {
            self->send(referee, peer::done_atom::value, rounds);
            self->quit();
            return;
          }
        }
        self->send(forks, hungry_atom::value, seat);
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {"reply", "send"}, 20);
  const std::uint64_t seats = options.size;
  const std::uint64_t rounds = std::max<std::uint64_t>(1, options.count / seats);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, seats, caf::actor_cast<caf::actor>(self));
  auto forks = system.spawn(arbiter, seats, options.form == "reply");
  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < seats; ++i) system.spawn(philosopher, i, rounds, forks, referee);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  std::uint64_t taken = 1;
  self->request(forks, caf::infinite, taken_atom::value)
      .receive([&](std::uint64_t count) { taken = count; }, [](const caf::error&) {});
  return bench::report(seats * rounds, seconds, sum == seats * rounds && taken == 0);
}
