// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <troupe/simulation.hpp>

namespace troupe::detail {

/// Chooses whose turn it is in a simulation.
class turn_order {
 public:
  virtual ~turn_order() = default;
  /// \param ready  at least one, in the order in which they became ready
  /// \param step  counted from 1   \return an index into `ready`
  virtual std::size_t choose(std::span<cell* const> ready, std::uint64_t step) = 0;
};

std::unique_ptr<turn_order> make_turn_order(const simulation_options& options);

/// One choice among several. A single ready cell is no choice.
struct branch {
  std::uint32_t chosen = 0;
  std::uint32_t of = 0;  ///< 0: not known
};

/// Goes along `path`, then always takes the first and adds that to the path.
class path_order final : public turn_order {
 public:
  explicit path_order(std::vector<branch>& path) noexcept : path_(path) {}
  std::size_t choose(std::span<cell* const> ready, std::uint64_t step) override;
  /// The path did not fit: this is another scenario than it was made with.
  bool has_strayed() const noexcept { return strayed_ || next_ < path_.size(); }

 private:
  std::vector<branch>& path_;
  std::size_t next_ = 0;
  bool strayed_ = false;
};

}  // namespace troupe::detail
