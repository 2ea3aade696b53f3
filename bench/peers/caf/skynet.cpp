// SPDX-License-Identifier: BSD-3-Clause
// CAF for I8-skynet: a tree of actors, ten children each; the leaves' numbers are added up on the
// way back to the root.

#include "system.hpp"

namespace {

struct tree_state {
  std::uint64_t missing = 10, sum = 0;
};

caf::behavior tree(caf::stateful_actor<tree_state>* self, std::uint64_t number,
                   std::uint64_t leaves, const caf::actor& parent) {
  if (leaves == 1) {
    self->send(parent, peer::done_atom::value, number);
    return {};  // no behaviour: it ends
  }
  auto me = caf::actor_cast<caf::actor>(self);
  for (std::uint64_t i = 0; i < 10; ++i) {
    self->spawn(tree, number + i * (leaves / 10), leaves / 10, me);
  }
  return {
      [=](peer::done_atom, std::uint64_t sum) {
        auto& state = self->state;
        state.sum += sum;
        if (--state.missing > 0) return;
        self->send(parent, peer::done_atom::value, state.sum);
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 100'000);
  std::uint64_t leaves = 1;
  while (leaves * 10 <= options.count) leaves *= 10;
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto start = bench::clock::now();
  system.spawn(tree, std::uint64_t{0}, leaves, caf::actor_cast<caf::actor>(self));
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(leaves, seconds, sum == leaves * (leaves - 1) / 2);
}
