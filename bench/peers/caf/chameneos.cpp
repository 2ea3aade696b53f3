// SPDX-License-Identifier: BSD-3-Clause
// CAF for I7: chameneos. A creature asks the mall for another; the mall hands the later of two to
// the earlier; they change their colours and ask again. Forms: `delegate` (the mall forwards the
// later one's message, so that the earlier one sees it as its sender) and `send` (the messages
// carry handles).

#include "system.hpp"

namespace {

using meet_atom = caf::atom_constant<caf::atom("meet")>;
using change_atom = caf::atom_constant<caf::atom("change")>;

constexpr std::uint64_t complement(std::uint64_t a, std::uint64_t b) {
  return a == b ? a : 3 - a - b;
}

struct creature_state {
  std::uint64_t colour = 0, meetings = 0;
};
using creature_actor = caf::stateful_actor<creature_state>;

caf::behavior creature(creature_actor* self, std::uint64_t colour, const caf::actor& mall,
                       bool delegates) {
  self->state.colour = colour;
  auto ask = [=] {
    if (delegates) {
      self->send(mall, meet_atom::value, self->state.colour);
    } else {
      self->send(mall, meet_atom::value, self->state.colour, caf::actor_cast<caf::actor>(self));
    }
  };
  auto changed = [=](std::uint64_t to) {
    self->state.colour = to;
    ++self->state.meetings;
  };
  ask();
  return {
      [=](meet_atom, std::uint64_t other) {
        changed(complement(self->state.colour, other));
        self->send(caf::actor_cast<caf::actor>(self->current_sender()), change_atom::value,
                   self->state.colour);
        ask();
      },
      [=](meet_atom, std::uint64_t other, const caf::actor& whom) {
        changed(complement(self->state.colour, other));
        self->send(whom, change_atom::value, self->state.colour);
        ask();
      },
      [=](change_atom, std::uint64_t to) {
        changed(to);
        ask();
      },
      [=](peer::stop_atom) {
        self->send(mall, peer::done_atom::value, self->state.meetings);
        self->quit();
      },
  };
}

struct mall_state {
  caf::actor waiting;
  std::uint64_t creatures = 0, left = 0, sum = 0;
};
using mall_actor = caf::stateful_actor<mall_state>;

caf::behavior mall(mall_actor* self, std::uint64_t creatures, bool delegates,
                   const caf::actor& referee) {
  self->state.creatures = creatures;
  return {
      [=](meet_atom, std::uint64_t colour) {
        auto& state = self->state;
        auto from = caf::actor_cast<caf::actor>(self->current_sender());
        if (state.left == 0) {
          self->send(from, peer::stop_atom::value);
        } else if (!state.waiting) {
          state.waiting = std::move(from);
        } else {
          --state.left;
          self->delegate(state.waiting, meet_atom::value, colour);
          state.waiting = nullptr;
        }
      },
      [=](meet_atom, std::uint64_t colour, const caf::actor& from) {
        auto& state = self->state;
        if (state.left == 0) {
          self->send(from, peer::stop_atom::value);
        } else if (!state.waiting) {
          state.waiting = from;
        } else {
          --state.left;
          self->send(state.waiting, meet_atom::value, colour, from);
          state.waiting = nullptr;
        }
      },
      [=](peer::done_atom, std::uint64_t meetings) {
        auto& state = self->state;
        state.sum += meetings;
        if (--state.creatures > 0) return;
        self->send(referee, peer::done_atom::value, state.sum);
        self->quit();
      },
      [=](peer::start_atom, std::uint64_t meetings) {
        self->state.left = meetings;
        auto me = caf::actor_cast<caf::actor>(self);
        for (std::uint64_t i = 0; i < creatures; ++i) self->spawn(creature, i % 3, me, delegates);
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {"delegate", "send"}, 100);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto place = system.spawn(mall, options.size, options.form == "delegate",
                            caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  self->send(place, peer::start_atom::value, options.count);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == 2 * options.count);
}
