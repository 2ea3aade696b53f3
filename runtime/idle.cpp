// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/actor_ref.hpp>
#include <troupe/detail/cancellation.hpp>

#include "turn.hpp"

/// Idle timeouts: each message notes the time, the one wake-up of the actor looks at it.
namespace troupe::detail {
namespace {

seldom_needed* timed(cell& c) noexcept {
  seldom_needed* s = c.extra ? c.extra->seldom.get() : nullptr;
  return s && s->idle_timeout != 0 ? s : nullptr;
}

}  // namespace

void set_idle_timeout(cell& c, std::int64_t nanoseconds) {
  if (!c.kind->idle) {
    throw_failure({errc::misuse,
                   std::string(c.kind->name) + " sets an idle timeout but has no void on(idle)",
                   {}});
  }
  seldom_of(c).idle_timeout = nanoseconds > 0 ? nanoseconds : 0;
  note_activity(c);
  arm(c, idle_deadline(c));
}

void note_activity(cell& c) noexcept {
  if (seldom_needed* s = timed(c)) s->last_active = now(*c.system.load(std::memory_order_relaxed));
}

std::int64_t idle_deadline(cell& c) noexcept {
  const seldom_needed* s = timed(c);
  return s && !c.extra->frames ? later(s->last_active, s->idle_timeout) : 0;
}

std::int64_t check_idle(cell& c, std::int64_t present) {
  const std::int64_t due = idle_deadline(c);
  if (due == 0 || due > present || c.state != cell_state::ready) return due;
  timed(c)->last_active = present;
  if (!has_mail(c)) {  // else it will be handled now
    c.current = nullptr;
    c.kind->idle(c);
  }
  return idle_deadline(c);
}

}  // namespace troupe::detail
