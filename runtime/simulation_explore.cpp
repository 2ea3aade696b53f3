// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <exception>
#include <troupe/detail/core.hpp>
#include <troupe/exploration.hpp>

#include "scenario_run.hpp"
#include "simulated_scheduler.hpp"

namespace troupe {

namespace detail {
namespace {

std::string text_of(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const simulation_error& e) {
    return e.what();
  } catch (...) {
    return failure_of(error).text;
  }
}

}  // namespace

scenario_run scenario_run::make(const simulation_options& options, const scenario& play,
                                std::unique_ptr<turn_order> order) {
  simulation sim(options, order ? std::move(order) : make_turn_order(options));
  scenario_run result;
  const auto fail = [&result](std::string text) {
    if (!std::exchange(result.failed, true)) result.what = std::move(text);
  };
  try {
    play(sim);
  } catch (...) {
    fail(text_of(std::current_exception()));
    sim.scheduler_->fail(result.what);
  }
  if (sim.scheduler_->failure()) fail(*sim.scheduler_->failure());
  result.steps = sim.steps();
  result.victims = sim.scheduler_->kills().candidates();
  if (!sim.end()) fail("at its end, not all actors could be stopped in time");
  result.hash = sim.trace_hash();
  result.trace = sim.trace();
  return result;
}

void report_found(exploration& result, const simulation_options& run, const scenario_run& seen,
                  const scenario& play, bool print) {
  simulation_options traced = run;
  traced.keep_trace = true;
  scenario_run again = scenario_run::make(traced, play);
  result.found = true;
  result.what = seen.what;
  if (!again.equals(seen)) {
    if (!result.what.empty()) result.what += "; ";
    result.what += "not deterministic: one seed has given two runs that differ";
  }
  result.seed = run.seed;
  result.run = run;
  result.trace = std::move(again.trace);
  result.steps = seen.steps;
  if (print) std::fputs(to_string(result).c_str(), stderr);
}

}  // namespace detail

std::string to_string(const exploration& result) {
  const std::string runs = std::to_string(result.runs) + (result.runs == 1 ? " run" : " runs");
  if (!result.found) {
    return "nothing found in " + runs + ", the longest of " + std::to_string(result.steps) +
           " steps" + (result.exhausted ? "; there are no others\n" : "\n");
  }
  return "found in " + runs + ": " + result.what + "\nseed " + std::to_string(result.seed) + ", " +
         std::to_string(result.steps) + " steps; replay(simulation_options" +
         to_string(result.run) + ", scenario)\n" + result.trace;
}

namespace {

simulation_options options_of_seed(const explore_options& o, std::uint64_t seed) {
  simulation_options run;
  run.seed = seed;
  run.order = o.order;
  run.depth = o.depth;
  run.steps_expected = o.steps_expected;
  run.steps_max = o.steps_max;
  run.kills = o.kills;
  run.stall_every = o.stall_every;
  return run;
}

}  // namespace

exploration explore(const explore_options& options, const scenario& play) {
  using detail::scenario_run;
  exploration result;
  explore_options o = options;
  const bool must_count =
      o.steps_expected == 0 && (o.order == simulation_order::pct || o.kills != 0);
  if (must_count) {
    const scenario_run first =
        scenario_run::make({.seed = o.first_seed, .steps_max = o.steps_max}, play);
    o.steps_expected = std::max<std::uint64_t>(first.steps, 1);
  }
  for (std::uint64_t i = 0; i < o.seeds; ++i) {
    const simulation_options run = options_of_seed(o, o.first_seed + i);
    const scenario_run seen = scenario_run::make(run, play);
    ++result.runs;
    result.steps = std::max(result.steps, seen.steps);
    if (seen.failed || !scenario_run::make(run, play).equals(seen)) {
      detail::report_found(result, run, seen, play, o.print);
      break;
    }
  }
  return result;
}

exploration replay(const simulation_options& run, const scenario& play, bool print) {
  simulation_options traced = run;
  traced.keep_trace = true;
  detail::scenario_run seen = detail::scenario_run::make(traced, play);
  exploration result{.found = seen.failed,
                     .what = seen.what,
                     .seed = run.seed,
                     .run = run,
                     .trace = std::move(seen.trace),
                     .steps = seen.steps,
                     .runs = 1};
  if (print) std::fputs(result.trace.c_str(), stdout);
  if (print && result.found) std::printf("%s\n", result.what.c_str());
  return result;
}

exploration sweep_kills(const sweep_options& options, const scenario& play) {
  using detail::scenario_run;
  exploration result;
  simulation_options run = options.run;
  scenario_run seen = scenario_run::make(run, play);
  result.runs = 1;
  const std::uint64_t steps = result.steps = seen.steps;
  const std::size_t victims = seen.victims;
  for (std::size_t victim = 0; victim < victims && !seen.failed; ++victim) {
    for (std::uint64_t step = 1; step <= steps && !seen.failed; ++step) {
      run.planned_kills = {{victim, step}};
      seen = scenario_run::make(run, play);
      ++result.runs;
      result.steps = std::max(result.steps, seen.steps);
    }
  }
  if (seen.failed) detail::report_found(result, run, seen, play, options.print);
  return result;
}

}  // namespace troupe
