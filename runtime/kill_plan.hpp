// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/simulation.hpp>

#include "seeded_source.hpp"

namespace troupe::detail {

/// Who is killed before which step of a simulation.
class kill_plan {
 public:
  explicit kill_plan(const simulation_options& options);

  void add(std::uint64_t step, const address& whom) { certain_.push_back({step, whom}); }
  void add_candidate(const address& whom);
  std::size_t candidates() const noexcept { return candidates_.size(); }

  /// Kills whose time has come. \param step  that comes next, counted from 1
  void carry_out(std::uint64_t step);

 private:
  struct entry {
    std::uint64_t step;
    address whom;
  };
  void kill_anyone();

  seeded_source luck_;
  std::vector<planned_kill> planned_;     // victims that are not known yet
  std::vector<std::uint64_t> at_random_;  // steps
  std::vector<entry> certain_;
  std::vector<address> candidates_;
};

}  // namespace troupe::detail
