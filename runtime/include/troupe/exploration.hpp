// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <troupe/simulation.hpp>

/// Searches the runs of a scenario for one that breaks it. A scenario builds its actors in the
/// simulation it is given, drives it, and throws if something is wrong; simulation::require() does.
/// So do a deadlock of what it waits for, too many steps, and a system that cannot be stopped.
namespace troupe {

using scenario = std::function<void(simulation&)>;

/// What a search has come to.
struct exploration {
  bool found = false;
  std::string what;         ///< is wrong
  std::uint64_t seed = 0;   ///< of the run that shows it
  simulation_options run;   ///< all that decides that run: replay() takes it
  std::string trace;        ///< of that run, a line for each step
  std::uint64_t steps = 0;  ///< of that run; of the longest, if nothing was found
  std::uint64_t runs = 0;   ///< different ones tried
  bool exhausted = false;   ///< enumerate: there are no others
};

/// All of it, for people.
std::string to_string(const exploration& result);

struct explore_options {
  std::uint64_t seeds = 1000;
  std::uint64_t first_seed = 1;
  std::uint64_t steps_max = 100'000;
  simulation_order order = simulation_order::random;
  unsigned depth = 3;                ///< as in simulation_options, and so on
  std::uint64_t steps_expected = 0;  ///< 0: as many as a first run takes
  unsigned kills = 0;
  unsigned stall_every = 0;
  bool print = true;  ///< what was found, to stderr
};

/// Runs the scenario under one seed after the other, each twice: runs of one seed that differ are
/// found, too, since then something comes from elsewhere than the simulation.
/// Random order: what a few seeds find is shallow. PCT finds a bug that needs d events in one order with a
/// probability of at least 1/(n k^(d-1)), n actors, k steps (Burckhardt, Kothari, Musuvathi, Nagarakatte:
/// A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
exploration explore(const explore_options& options, const scenario& play);

/// Runs it once more, as decided by `run`, and keeps the trace. \param print  it, to stdout
exploration replay(const simulation_options& run, const scenario& play, bool print = true);
inline exploration replay(std::uint64_t seed, const scenario& play, bool print = true) {
  return replay(simulation_options{.seed = seed}, play, print);
}

struct enumerate_options {
  std::uint64_t runs_max = 1'000'000;
  std::uint64_t steps_max = 10'000;
  bool print = true;
};

/// Runs the scenario in every order there is, depth first: for small ones. Three actors of five steps
/// have 15!/(5!)^3 = 756,756. (Each run begins anew: Godefroid's stateless search, VeriSoft 1997.)
exploration enumerate(const enumerate_options& options, const scenario& play);

struct sweep_options {
  simulation_options run = {};  ///< the run in which somebody is killed
  bool print = true;
};

/// Runs the scenario once, then again for each actor that may_die() and each step of its life, and kills
/// it right before that step.
exploration sweep_kills(const sweep_options& options, const scenario& play);

}  // namespace troupe
