// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <thread>
#include <troupe/detail/system_core.hpp>
#include <troupe/simulation.hpp>

#include "kill_plan.hpp"
#include "seeded_source.hpp"
#include "simulation_trace.hpp"
#include "turn_order.hpp"
#include "virtual_clock.hpp"

namespace troupe::detail {

/// One thread, the caller's: actors run only while it waits for something, or says run. Who is next
/// decides a turn_order; when nobody is ready, the clock jumps to the next timer.
class simulated_scheduler final : public scheduler {
 public:
  simulated_scheduler(system_core& system, simulation_options options, virtual_clock& clock,
                      std::unique_ptr<turn_order> order);

  void start() override {}
  void schedule(cell& c) noexcept override;
  void interrupt() noexcept override {}
  void stop() noexcept override {}
  cell* leftover() noexcept override;
  unsigned workers() const noexcept override { return 1; }
  bool wait(std::unique_lock<std::mutex>& hold, std::condition_variable& changed,
            const std::function<bool()>& over, std::int64_t deadline) override;

  /// One step, or else the jump to the next timer, if that is due by `limit`.
  /// \return false: neither   \throws simulation_error once the run has failed
  bool go_on(std::int64_t limit);
  void run_until(std::int64_t limit);

  /// The run is broken: the driving thread learns it after this step. The first reason counts.
  void fail(const std::string& why);
  const std::optional<std::string>& failure() const noexcept { return failure_; }
  /// The run is over, what comes now only ends it: first come, first served, without limits or kills.
  void wind_down() noexcept { winding_down_ = true; }

  kill_plan& kills() noexcept { return kills_; }
  const simulation_trace& trace() const noexcept { return trace_; }
  std::uint64_t steps() const noexcept { return steps_; }
  std::int64_t present() const noexcept { return clock_.nanoseconds(); }

 private:
  bool step();
  std::size_t choose();
  bool advance(std::int64_t limit);
  bool may_stall();
  void take_turn(cell& c);
  void run_turn(cell& c);
  bool wait_for_end(std::unique_lock<std::mutex>& hold, const std::function<bool()>& over,
                    std::int64_t deadline);
  bool is_home() const noexcept { return std::this_thread::get_id() == home_; }
  std::string name_waiting() const;

  system_core& system_;
  const simulation_options options_;
  virtual_clock& clock_;
  const std::unique_ptr<turn_order> order_;
  const std::thread::id home_ = std::this_thread::get_id();
  std::vector<cell*> ready_;   // the longest ready comes first
  std::vector<cell*> urgent_;  // those of them whose turns come first, while one is chosen
  unsigned urgent_streak_ = 0;
  std::uint64_t steps_ = 0;
  kill_plan kills_;
  seeded_source stalls_;
  simulation_trace trace_;
  std::optional<std::string> failure_;
  bool winding_down_ = false;
};

}  // namespace troupe::detail
