// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/exploration.hpp>

#include "turn_order.hpp"

namespace troupe::detail {

/// What came of one run of a scenario.
struct scenario_run {
  bool failed = false;
  std::string what;
  std::uint64_t hash = 0;
  std::uint64_t steps = 0;
  std::size_t victims = 0;  ///< that were named by may_die()
  std::string trace;

  /// \param order  null: as the options say
  static scenario_run make(const simulation_options& options, const scenario& play,
                           std::unique_ptr<turn_order> order = nullptr);
  /// True if both did the same, and came to the same.
  bool equals(const scenario_run& other) const noexcept {
    return hash == other.hash && steps == other.steps && what == other.what;
  }
};

/// Fills in what a search has found: runs it once more, with the trace; says so on stderr if `print`.
void report_found(exploration& result, const simulation_options& run, const scenario_run& seen,
                  const scenario& play, bool print);

}  // namespace troupe::detail
