// SPDX-License-Identifier: BSD-3-Clause
#include "urgency_loan.hpp"

namespace troupe::detail {

urgency_loan::~urgency_loan() { lend({}); }

void urgency_loan::lend(const actor_ref<>& whom) {
  if (whom == whom_) return;
  if (!whom_) add_urgency(coordinator_.where(), true);
  if (whom) add_urgency(whom.where(), true);
  if (whom_) add_urgency(whom_.where(), false);
  if (!whom) add_urgency(coordinator_.where(), false);
  whom_ = whom;
}

}  // namespace troupe::detail
