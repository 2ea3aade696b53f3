// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-apsp: all-pairs shortest paths. The matrix is cut into blocks, one actor each; in
// every step each hears from the blocks of its row and its column.

#include <bench/paths.hpp>

#include "system.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::path_block::shared)

namespace {

using news_atom = caf::atom_constant<caf::atom("news")>;

struct block_state {
  std::unique_ptr<bench::path_block> data;
  peer::refs neighbours;
};
using block_actor = caf::stateful_actor<block_state>;

void tell_all(block_actor* self, std::uint64_t number) {
  auto& state = self->state;
  auto message = caf::make_message(news_atom::value, state.data->k(), number, state.data->block());
  for (const auto& n : state.neighbours) self->send(n, message);
}

caf::behavior block(block_actor* self, const bench::path_block::shared& data, std::uint64_t number,
                    std::uint64_t side, const caf::actor& referee) {
  self->state.data = std::make_unique<bench::path_block>(data, number, side);
  auto go_on = [=] {
    auto& state = self->state;
    while (!state.neighbours.empty() && state.data->ready()) {
      state.data->advance();
      if (state.data->finished()) {
        self->send(referee, peer::done_atom::value, bench::sum_of(*state.data->block()));
        state.neighbours.clear();
        self->quit();
        return;
      }
      tell_all(self, number);
    }
  };
  return {
      [=](news_atom, std::uint64_t step, std::uint64_t from,
          const bench::path_block::shared& theirs) {
        self->state.data->keep(step, from, theirs);
        go_on();
      },
      [=](peer::start_atom, peer::refs& neighbours) {
        self->state.neighbours = std::move(neighbours);
        tell_all(self, number);
        go_on();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1, {}, 300);
  const std::uint64_t side = options.size / bench::block_side;
  const std::uint64_t nodes = side * bench::block_side;
  const auto graph = bench::make_graph(nodes);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  auto referee = system.spawn(peer::countdown, side * side, caf::actor_cast<caf::actor>(self));
  peer::refs blocks;
  for (std::uint64_t i = 0; i < side * side; ++i) {
    auto data =
        std::make_shared<const bench::distances>(bench::block_of(graph, nodes, i / side, i % side));
    blocks.push_back(system.spawn(block, std::move(data), i, side, referee));
  }

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < side * side; ++i) {
    peer::refs neighbours;
    for (std::uint64_t n : bench::neighbours_of(i, side)) neighbours.push_back(blocks[n]);
    self->send(blocks[i], peer::start_atom::value, std::move(neighbours));
  }
  const std::uint64_t sum = peer::total(self);
  double seconds = bench::seconds_since(start);
  return bench::report(1, seconds, sum == bench::shortest_sum(graph, nodes));
}
