// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>
#include <troupe/detail/urgency.hpp>

namespace troupe::detail {

/// That an urgent actor waits is a reason for the turns of the one who holds it up to come first, and for
/// those of the coordinator, through which the hand-over goes. At most one has this reason at a time, and
/// it is taken back when the loan ends. \thread its coordinator only
class urgency_loan {
 public:
  explicit urgency_loan(const actor_ref<>& coordinator) noexcept : coordinator_(coordinator) {}
  urgency_loan(const urgency_loan&) = delete;
  urgency_loan& operator=(const urgency_loan&) = delete;
  ~urgency_loan();

  /// From now on that one has it, and nobody else.
  /// \param whom  nobody: nobody waits who is urgent   \cost two messages if this is a change
  void lend(const actor_ref<>& whom);

 private:
  actor_ref<> coordinator_;
  actor_ref<> whom_;
};

}  // namespace troupe::detail
