// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Who may have children in the tree of I12-uct. Nodes ask in whatever order; the answers come in
// the same one, so that the tree always has the same number of nodes.

#include <bench/random.hpp>

namespace bench {

class growth {
 public:
  static constexpr std::uint64_t children = 10;
  static constexpr std::uint64_t cost = 100;  // steps of the generator, to visit a node

  explicit growth(std::uint64_t nodes_max) : nodes_max_(nodes_max) {}

  /// \return the number of the first child of the node that asks now, or 0: it stays a leaf
  std::uint64_t ask() {
    ++asked_;
    if (nodes_ + children > nodes_max_ || random_.below(100) >= 50) return 0;
    const std::uint64_t first = nodes_ + 1;
    nodes_ += children;
    return first;
  }
  /// \return whether all nodes have asked
  bool is_over() const { return asked_ == nodes_; }
  std::uint64_t nodes() const { return nodes_; }

 private:
  bench::random random_{7};
  std::uint64_t nodes_max_, nodes_ = children, asked_ = 0;  // nodes 1 to 10 are the root's
};

/// The number of nodes, and with `sum` what a visit to all of them gives.
inline std::uint64_t grown(std::uint64_t nodes_max, std::uint64_t& sum) {
  growth g(nodes_max);
  while (!g.is_over()) g.ask();
  sum = 0;
  for (std::uint64_t i = 1; i <= g.nodes(); ++i) sum += work(i, growth::cost);
  return g.nodes();
}

}  // namespace bench
