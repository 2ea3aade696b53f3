// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-uct: a tree of actors grows, as its root allows; then all of it is visited.

#include <bench/growth.hpp>

#include "system.hpp"

namespace {

using ask_atom = caf::atom_constant<caf::atom("ask")>;
using grow_atom = caf::atom_constant<caf::atom("grow")>;
using visit_atom = caf::atom_constant<caf::atom("visit")>;

struct node_state {
  peer::refs children;
};

caf::behavior node(caf::stateful_actor<node_state>* self, std::uint64_t number,
                   const caf::actor& root) {
  self->send(root, ask_atom::value);
  return {
      [=](grow_atom, std::uint64_t first) {
        for (std::uint64_t i = 0; i < bench::growth::children; ++i) {
          self->state.children.push_back(self->spawn(node, first + i, root));
        }
      },
      [=](visit_atom) {
        for (const auto& c : self->state.children) self->send(c, visit_atom::value);
        self->send(root, peer::done_atom::value, bench::work(number, bench::growth::cost));
        self->quit();
      },
  };
}

struct root_state {
  bench::growth growth{0};
  peer::refs children;
  std::uint64_t visits = 0, sum = 0;
};

caf::behavior root(caf::stateful_actor<root_state>* self, std::uint64_t nodes_max,
                   const caf::actor& referee) {
  self->state.growth = bench::growth(nodes_max);
  return {
      [=](ask_atom) {
        auto& state = self->state;
        if (const std::uint64_t first = state.growth.ask()) {
          self->send(caf::actor_cast<caf::actor>(self->current_sender()), grow_atom::value, first);
        }
        if (!state.growth.is_over()) return;
        for (const auto& c : state.children) self->send(c, visit_atom::value);
      },
      [=](peer::done_atom, std::uint64_t sum) {
        auto& state = self->state;
        state.sum += sum;
        if (++state.visits < state.growth.nodes()) return;
        self->send(referee, peer::done_atom::value, state.sum);
        self->quit();
      },
      [=](peer::start_atom) {
        auto me = caf::actor_cast<caf::actor>(self);
        for (std::uint64_t i = 1; i <= bench::growth::children; ++i) {
          self->state.children.push_back(self->spawn(node, i, me));
        }
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 50'000);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto top = system.spawn(root, options.count, caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  self->send(top, peer::start_atom::value);
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  std::uint64_t expected = 0;
  const std::uint64_t nodes = bench::grown(options.count, expected);
  return bench::report(nodes, seconds, sum == expected);
}
