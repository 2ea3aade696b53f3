// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-apsp: all-pairs shortest paths. The matrix is cut into blocks, one actor each; in
// every step each hears from the blocks of its row and its column.

#include <bench/countdown.hpp>
#include <bench/paths.hpp>
#include <bench/program.hpp>

namespace {

struct news {
  static constexpr bool local_only = true;
  std::uint64_t step, from;
  bench::path_block::shared data;
};
struct begin {
  std::vector<troupe::actor_ref<news>> neighbours;
};

class block : public troupe::actor<begin, news> {
 public:
  block(bench::path_block::shared data, std::uint64_t number, std::uint64_t side,
        troupe::actor_ref<bench::finished> referee)
      : number_(number), referee_(referee), data_(std::move(data), number, side) {}
  void on(begin b) {
    neighbours_ = std::move(b.neighbours);
    started_ = true;
    tell_all();
    while (data_.ready()) next();
  }
  void on(news n) {
    data_.keep(n.step, n.from, std::move(n.data));
    while (started_ && data_.ready()) next();
  }

 private:
  void next() {
    data_.advance();
    if (data_.finished()) {
      referee_.tell(bench::finished{bench::sum_of(*data_.block())});
    } else {
      tell_all();
    }
  }
  void tell_all() {
    for (const auto& n : neighbours_) n.tell(news{data_.k(), number_, data_.block()});
  }

  std::uint64_t number_;
  bool started_ = false;
  troupe::actor_ref<bench::finished> referee_;
  bench::path_block data_;
  std::vector<troupe::actor_ref<news>> neighbours_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1, {}, 300);
  const std::uint64_t side = options.size / bench::block_side;
  const std::uint64_t nodes = side * bench::block_side;
  const auto graph = bench::make_graph(nodes);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(side * side);
  std::vector<troupe::actor_ref<begin, news>> blocks;
  for (std::uint64_t i = 0; i < side * side; ++i) {
    auto data =
        std::make_shared<const bench::distances>(bench::block_of(graph, nodes, i / side, i % side));
    blocks.push_back(system.spawn<block>(std::move(data), i, side, referee));
  }

  auto start = bench::clock::now();
  for (std::uint64_t i = 0; i < side * side; ++i) {
    begin order;
    for (std::uint64_t n : bench::neighbours_of(i, side)) order.neighbours.push_back(blocks[n]);
    blocks[i].tell(std::move(order));
  }
  const std::uint64_t sum = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(1, seconds, sum == bench::shortest_sum(graph, nodes));
}
