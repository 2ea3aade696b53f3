// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/exploration.hpp>

#include "scenario_run.hpp"

namespace troupe {
namespace {

using detail::branch;

/// From one path through the tree of choices to the next, depth first. \return false: that was the last
bool move_on(std::vector<branch>& path) {
  while (!path.empty() && path.back().chosen + 1 == path.back().of) path.pop_back();
  if (path.empty()) return false;
  ++path.back().chosen;
  return true;
}

simulation_options options_of_path(const enumerate_options& options,
                                   const std::vector<branch>& path) {
  simulation_options run;
  run.order = simulation_order::chosen;
  run.steps_max = options.steps_max;
  for (const branch& b : path) run.choices.push_back(b.chosen);
  return run;
}

}  // namespace

exploration enumerate(const enumerate_options& options, const scenario& play) {
  exploration result;
  simulation_options run;
  run.order = simulation_order::chosen;
  run.steps_max = options.steps_max;
  std::vector<branch> path;
  while (!result.exhausted && result.runs < options.runs_max) {
    auto order = std::make_unique<detail::path_order>(path);
    const detail::path_order& along = *order;
    bool strayed = false;
    detail::scenario_run seen = detail::scenario_run::make(
        run,
        [&](simulation& sim) {
          play(sim);
          strayed = along.has_strayed();
        },
        std::move(order));
    ++result.runs;
    result.steps = std::max(result.steps, seen.steps);
    if (strayed && !seen.failed) {
      seen.failed = true;
      seen.what = "not deterministic: equal choices have led to another number of ready actors";
    }
    if (seen.failed) {
      detail::report_found(result, options_of_path(options, path), seen, play, options.print);
      break;
    }
    result.exhausted = !move_on(path);
  }
  return result;
}

}  // namespace troupe
