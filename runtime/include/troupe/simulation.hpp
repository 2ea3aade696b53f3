// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <vector>

/// A whole actor_system in one thread, for tests: no thread is made, time is virtual, and what runs
/// next is drawn from a seed, one message at a time. The same seed gives the same run, in every
/// process of the same build. <troupe/exploration.hpp> searches through many.
namespace troupe {

namespace detail {
class simulated_scheduler;
class turn_order;
struct scenario_run;
}  // namespace detail

/// A run that cannot go on (deadlock, too many steps), or that broke a requirement.
class simulation_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who is next among the actors that are ready.
enum class simulation_order : std::uint8_t {
  random,  ///< anyone, all alike
  pct,  ///< the one with the highest of random priorities, which change at `depth` - 1 random steps
  in_turn,  ///< first come, first served
  chosen,   ///< as simulation_options::choices say, then the first
};

struct planned_kill {
  std::size_t victim = 0;  ///< which one of those that simulation::may_die() has named, from 0
  std::uint64_t step = 0;  ///< right before it; steps are counted from 1
};

/// What decides a run: all of it, so that equal options give equal runs.
struct simulation_options {
  std::uint64_t seed = 1;
  std::uint64_t steps_max = 1'000'000;  ///< more is an error
  simulation_order order = simulation_order::random;
  unsigned depth = 3;  ///< pct: how many events must come in one order to show the bug
  std::uint64_t steps_expected = 0;  ///< of a run; pct and `kills` draw from them. 0: 1,000
  unsigned kills = 0;                ///< so many at random steps, of those that may_die()
  unsigned stall_every =
      0;  ///< once in so many steps a timer is due although actors are ready: a slow
          ///< machine. 0: time passes only when nobody is ready
  unsigned turn_messages_max = 1;                ///< that an actor handles in one step
  std::vector<std::uint32_t> choices = {};       ///< for simulation_order::chosen
  std::vector<planned_kill> planned_kills = {};  ///< besides those drawn
  bool keep_trace = false;                       ///< for trace(): costs time and memory
  system_options system = {};                    ///< `workers` does not count
};

/// The options that differ from the defaults, as they are written in a program.
std::string to_string(const simulation_options& options);

/// One run. \thread the one that made it, outside of actors; nothing here may be used by another,
/// the system included
class simulation {
 public:
  /// \throws misuse_error inside an actor, std::invalid_argument naming the option
  explicit simulation(simulation_options options = {});
  explicit simulation(std::uint64_t seed) : simulation(simulation_options{.seed = seed}) {}
  ~simulation();  ///< shuts the system down, first come, first served
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  /// `run(task)` and `.get()` drive the simulation until they have what they wait for. If nothing is
  /// left that could bring it they throw a simulation_error that names who waits.
  actor_system& system() noexcept { return *system_; }

  /// Goes on until nothing is left to do: nobody is ready, no timer is set.
  /// \throws simulation_error when a requirement was broken or steps_max is reached
  void run();
  /// Goes on for so much virtual time. \throws as run()
  void run_for(std::chrono::nanoseconds time);
  /// One step, or the jump to the next timer. \return false: nothing is left to do \throws as run()
  bool step();

  /// An invariant of the scenario. \thread also actors: the run ends after their step
  /// \throws simulation_error outside of actors
  void require(bool holds, const std::string& text);

  /// Kills that actor right before step `step`, counted from 1; at once, if that is over.
  void kill_at(std::uint64_t step, const actor_ref<>& whom);
  /// This actor may be killed at any step: by `kills`, `planned_kills` and sweep_kills().
  void may_die(const actor_ref<>& whom);

  std::uint64_t steps() const noexcept;               ///< so far
  std::chrono::nanoseconds elapsed() const noexcept;  ///< virtual time so far
  /// Who handled what in which step. Equal runs have equal hashes.
  std::uint64_t trace_hash() const noexcept;
  /// The same, a line for each step, for people; empty without `keep_trace`.
  std::string trace() const;

 private:
  friend struct detail::scenario_run;
  simulation(simulation_options options, std::unique_ptr<detail::turn_order> order);
  void must_be_outside() const;
  bool end() noexcept;

  detail::simulated_scheduler* scheduler_ = nullptr;  // the system's
  std::unique_ptr<actor_system> system_;
  int exceptions_;
};

}  // namespace troupe
