// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <troupe/actor_ref.hpp>
#include <vector>

namespace troupe {

/// One who holds something, or waits for it.
struct holding {
  actor_ref<> who;  ///< of threads: what stands for their process; nobody in the coordinator's own
  bool by_thread = false;
  std::size_t amount = 1;          ///< levels, permits …
  std::chrono::nanoseconds age{};  ///< for how long
  std::chrono::nanoseconds
      since{};                 ///< the same as a moment, by the clock of the coordinator's system
  std::uint64_t question = 0;  ///< of one who waits: the id of its wait, as in wait_report
  bool limited = false;        ///< of one who waits: not as long as it takes
};

/// Who holds what a coordinator gives out, and who waits for it, each in the order in which they came.
struct holdings_report {
  std::vector<holding> held;
  std::vector<holding> wanted;
  /// There is but one to be had, so only its holder can help who waits. Of several permits anybody may
  /// release more.
  bool exclusive = false;
};

namespace messages {
/// Understood by the coordinator of everything that can be held: locks, semaphores …
struct holdings_of {
  using reply = holdings_report;
};
}  // namespace messages

}  // namespace troupe
