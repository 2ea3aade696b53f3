// SPDX-License-Identifier: BSD-3-Clause
#include "near.hpp"

#include "turn.hpp"

namespace troupe::detail {

constinit thread_local std::uintptr_t sole_worker_mark = no_mark;
constinit thread_local bool crowded = false;

void open_near_lane(cell& c, std::uintptr_t mark) noexcept {
  if (mark == no_mark) return;
  const std::uint32_t capacity = c.capacity;
  const bool roomy = capacity == 0 || capacity == mailbox_messages_max;
  if (c.runner == 0 && roomy && !c.kind->raw && has_tenant(c)) c.runner = mark;
}

void refuse_near(cell& c, const exit_reason& why) noexcept {
  while (envelope* e = pop_near(c)) {
    refuse(c, *e, why);
    free_envelope(e);
  }
}

void refuse_near_system(cell& c, const exit_reason& why) noexcept {
  while (envelope* e = c.extra ? c.extra->near_system.pop_front() : nullptr) {
    refuse(c, *e, why);
    drop_envelope(e);
  }
}

}  // namespace troupe::detail
