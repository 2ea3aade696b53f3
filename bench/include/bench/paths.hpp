// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// The graph of I12-apsp and one step of Floyd and Warshall's all-pairs shortest paths on a block of
// its matrix of distances.

#include <algorithm>
#include <bench/random.hpp>
#include <memory>
#include <vector>

namespace bench {

using distances = std::vector<std::int32_t>;  // row by row
constexpr std::uint64_t block_side = 50;

inline distances make_graph(std::uint64_t nodes) {
  distances all(nodes * nodes);
  random r(1);
  for (std::uint64_t i = 0; i < nodes; ++i) {
    for (std::uint64_t j = 0; j < nodes; ++j) {
      const auto length = static_cast<std::int32_t>(1 + r.below(1000));
      all[i * nodes + j] = i == j ? 0 : length;
    }
  }
  return all;
}

/// The block in row `row` and column `column` of blocks.
inline distances block_of(const distances& all, std::uint64_t nodes, std::uint64_t row,
                          std::uint64_t column) {
  distances block;
  for (std::uint64_t i = 0; i < block_side; ++i) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>((row * block_side + i) * nodes +
                                                                column * block_side);
    block.insert(block.end(), from, from + block_side);
  }
  return block;
}

/// \param beside  the block of the same rows that has column k   \param above  of the same columns,
/// that has row k   \param k  within those blocks   \return the block with ways through k
inline distances step(const distances& block, const distances& beside, const distances& above,
                      std::uint64_t k) {
  distances next(block.size());
  const std::int32_t* const from_k = &above[k * block_side];
  for (std::uint64_t i = 0; i < block_side; ++i) {
    const std::int32_t to_k = beside[i * block_side + k];
    for (std::uint64_t j = 0; j < block_side; ++j) {
      next[i * block_side + j] = std::min(block[i * block_side + j], to_k + from_k[j]);
    }
  }
  return next;
}

inline std::uint64_t sum_of(const distances& d) {
  std::uint64_t sum = 0;
  for (std::int32_t each : d) sum += static_cast<std::uint64_t>(each);
  return sum;
}

/// The sum of all shortest ways, the plain way.
inline std::uint64_t shortest_sum(distances all, std::uint64_t nodes) {
  for (std::uint64_t k = 0; k < nodes; ++k) {
    for (std::uint64_t i = 0; i < nodes; ++i) {
      const std::int32_t to_k = all[i * nodes + k];
      for (std::uint64_t j = 0; j < nodes; ++j) {
        all[i * nodes + j] = std::min(all[i * nodes + j], to_k + all[k * nodes + j]);
      }
    }
  }
  return sum_of(all);
}

/// Which blocks a block hears from: those of its row and of its column, itself left out.
inline std::vector<std::uint64_t> neighbours_of(std::uint64_t number, std::uint64_t side) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t i = 0; i < side; ++i) {
    if (i != number % side) found.push_back(number / side * side + i);
    if (i != number / side) found.push_back(i * side + number % side);
  }
  return found;
}

/// The part of a block's actor that is the same with every library: collects the blocks of its
/// neighbours and makes its own next one. A neighbour may be one step ahead, so two are collected.
class path_block {
 public:
  using shared = std::shared_ptr<const distances>;

  path_block(shared block, std::uint64_t number, std::uint64_t side)
      : side_(side), number_(number), block_(std::move(block)) {
    for (auto& each : heard_) each.resize(side * side);
  }
  const shared& block() const { return block_; }
  std::uint64_t k() const { return k_; }
  bool finished() const { return k_ == side_ * block_side; }

  void keep(std::uint64_t step_of, std::uint64_t from, shared data) {
    heard_[step_of & 1][from] = std::move(data);
    ++count_[step_of & 1];
  }
  /// \return whether nothing is missing for the next step
  bool ready() const { return !finished() && count_[k_ & 1] == 2 * (side_ - 1); }
  void advance() {
    auto& heard = heard_[k_ & 1];
    const std::uint64_t at = k_ / block_side;
    const shared& beside = at == number_ % side_ ? block_ : heard[number_ / side_ * side_ + at];
    const shared& above = at == number_ / side_ ? block_ : heard[at * side_ + number_ % side_];
    block_ = std::make_shared<const distances>(step(*block_, *beside, *above, k_ % block_side));
    count_[k_ & 1] = 0;
    ++k_;
  }

 private:
  std::uint64_t side_, number_, k_ = 0;
  shared block_;
  std::vector<shared> heard_[2];
  std::uint64_t count_[2] = {0, 0};
};

}  // namespace bench
