// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <troupe/scheduler.hpp>

namespace troupe::detail {

struct system_core;
class cell_bank;

/// All that a system is given and does not make itself: who decides what runs, what time it is, luck,
/// and where its cells come from. There is no second way to get at any of them.
struct environment {
  std::unique_ptr<clock_source> clock;
  std::unique_ptr<random_source> luck;
  std::unique_ptr<cell_bank> cells;  ///< null: the cells of the process
  std::function<std::unique_ptr<scheduler>(system_core&)> make_scheduler;
  bool single_thread = false;  ///< make no threads: what would run on one runs where it is called
};

/// Threads that steal work, the machine's clock, luck from the machine.
environment real_environment();

}  // namespace troupe::detail
