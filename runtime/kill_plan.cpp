// SPDX-License-Identifier: BSD-3-Clause
#include "kill_plan.hpp"

namespace troupe::detail {

kill_plan::kill_plan(const simulation_options& options)
    : luck_(options.seed, seeded_source::stream::kills), planned_(options.planned_kills) {
  const std::uint64_t expected = options.steps_expected ? options.steps_expected : 1000;
  for (unsigned i = 0; i < options.kills; ++i) at_random_.push_back(1 + luck_.below(expected));
}

void kill_plan::add_candidate(const address& whom) {
  for (const planned_kill& kill : planned_) {
    if (kill.victim == candidates_.size()) add(kill.step, whom);
  }
  candidates_.push_back(whom);
}

void kill_plan::carry_out(std::uint64_t step) {
  std::erase_if(certain_, [step](const entry& e) {
    if (e.step > step) return false;
    request_kill(e.whom);
    return true;
  });
  const auto due = std::erase_if(at_random_, [step](std::uint64_t at) { return at <= step; });
  for (auto n = due; n > 0; --n) kill_anyone();
}

void kill_plan::kill_anyone() {
  std::erase_if(candidates_, [](const address& a) {
    return a.home->generation.load(std::memory_order_relaxed) != a.generation;
  });
  if (!candidates_.empty()) request_kill(candidates_[luck_.below(candidates_.size())]);
}

}  // namespace troupe::detail
