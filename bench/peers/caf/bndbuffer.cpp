// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-bndbuffer: forty producers and forty consumers around a buffer of fifty items.

#include <deque>

#include <bench/random.hpp>

#include "system.hpp"

namespace {

constexpr std::uint64_t room = 50;
constexpr std::uint64_t cost = 25;  // steps of the generator, to make an item and to use it

using produce_atom = caf::atom_constant<caf::atom("produce")>;
using item_atom = caf::atom_constant<caf::atom("item")>;
using made_atom = caf::atom_constant<caf::atom("made")>;
using made_all_atom = caf::atom_constant<caf::atom("made_all")>;
using hungry_atom = caf::atom_constant<caf::atom("hungry")>;

struct buffer_state {
  std::deque<std::uint64_t> items;
  std::deque<caf::actor> consumers, blocked;
  std::uint64_t ended = 0, closed = 0;
};
using buffer_actor = caf::stateful_actor<buffer_state>;

void close_if_over(buffer_actor* self, std::uint64_t producers) {
  auto& state = self->state;
  if (state.ended < producers || !state.items.empty()) return;
  for (const auto& c : state.consumers) self->send(c, peer::stop_atom::value);
  state.closed += state.consumers.size();
  state.consumers.clear();
  if (state.closed == producers) self->quit();
}

caf::behavior buffer(buffer_actor* self, std::uint64_t producers) {
  auto sender = [=] { return caf::actor_cast<caf::actor>(self->current_sender()); };
  return {
      [=](made_atom, std::uint64_t value) {
        auto& state = self->state;
        if (state.consumers.empty()) {
          state.items.push_back(value);
        } else {
          self->send(state.consumers.front(), item_atom::value, value);
          state.consumers.pop_front();
        }
        // A producer that works already has its place.
        if (state.items.size() + producers > room) {
          state.blocked.push_back(sender());
        } else {
          self->send(sender(), produce_atom::value);
        }
      },
      [=](hungry_atom) {
        auto& state = self->state;
        if (state.items.empty()) {
          state.consumers.push_back(sender());
          close_if_over(self, producers);
          return;
        }
        self->send(sender(), item_atom::value, state.items.front());
        state.items.pop_front();
        if (!state.blocked.empty()) {
          self->send(state.blocked.front(), produce_atom::value);
          state.blocked.pop_front();
        }
      },
      [=](made_all_atom) {
        ++self->state.ended;
        close_if_over(self, producers);
      },
  };
}

struct producer_state {
  std::uint64_t next = 0;
};

caf::behavior producer(caf::stateful_actor<producer_state>* self, std::uint64_t from,
                       std::uint64_t count, const caf::actor& to) {
  self->state.next = from;
  auto make = [=] {
    auto& next = self->state.next;
    if (next == from + count) {
      self->send(to, made_all_atom::value);
      self->quit();
    } else {
      self->send(to, made_atom::value, bench::work(next++, cost));
    }
  };
  make();
  return {
      [=](produce_atom) { make(); },
  };
}

struct consumer_state {
  std::uint64_t sum = 0;
};

caf::behavior consumer(caf::stateful_actor<consumer_state>* self, const caf::actor& from,
                       const caf::actor& referee) {
  self->send(from, hungry_atom::value);
  return {
      [=](item_atom, std::uint64_t value) {
        self->state.sum += bench::work(value, cost);
        self->send(from, hungry_atom::value);
      },
      [=](peer::stop_atom) {
        self->send(referee, peer::done_atom::value, self->state.sum);
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {}, 40);
  const std::uint64_t each = std::max<std::uint64_t>(1, options.count / options.size);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, options.size, caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  auto between = system.spawn(buffer, options.size);
  for (std::uint64_t i = 0; i < options.size; ++i) {
    system.spawn(producer, i * each, each, between);
    system.spawn(consumer, between, referee);
  }
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < options.size * each; ++i) {
    expected += bench::work(bench::work(i, cost), cost);
  }
  return bench::report(options.size * each, seconds, sum == expected);
}
