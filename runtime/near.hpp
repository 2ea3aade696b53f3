// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/cell.hpp>
#include <troupe/detail/extras.hpp>
#include <troupe/exit_reason.hpp>

/// The near lane: a second, plain mailbox beside the shared one, for mail between actors that the same
/// worker runs. Only in a system with one worker, where that thread is the only consumer of its actors
/// and, mostly, the only sender: it then neither exchanges nor compares anything.
///
/// What keeps the order of sending: mail goes into the near lane only while the shared lane is idle, and
/// the near lane is read first. So whatever one sender has put into the shared lane came later. The
/// same holds for `near_system` beside the system lane, which must be empty.
///
/// The idle bit and its claim stay what they are for everybody else. So a turn may begin in two ways: the
/// cell was claimed and scheduled, or `near_ready` is set and it was scheduled for its near lane; it
/// may even be in the queues for both, for there is but one thread to take it out.
namespace troupe::detail {

class own_thread;

inline std::uintptr_t runner_of(own_thread& thread) noexcept {
  return reinterpret_cast<std::uintptr_t>(&thread);
}
/// The thread of its own that runs the tenant, or null.
inline own_thread* thread_of(const cell& c) noexcept {
  const std::uintptr_t runner = c.runner & ~cell::urgent_bit;
  return runner & 1 ? nullptr : reinterpret_cast<own_thread*>(runner);
}

/// All messages that the tenant has taken.
inline std::uint64_t handled_by(const cell& c) noexcept { return c.taken + c.near_taken; }

/// The mark of this thread if it is the one worker of `system`, else no_mark. \thread any
std::uintptr_t sole_worker_mark_in(const system_core& system) noexcept;

/// From now on the worker with this mark, which is this thread, may use the near lane of the tenant. Not
/// of one whose bound is small: that is counted in the shared lane alone, and exact.
void open_near_lane(cell& c, std::uintptr_t mark) noexcept;

/// The oldest message of the near lane, or null. It leaves the lane and is to be freed.
inline envelope* pop_near(cell& c) noexcept {
  envelope* e = c.near.pop_front();
  if (!e) return nullptr;
  c.near_count = c.near_count - 1;
  c.near_taken = c.near_taken + 1;
  if (c.near_taken == std::uint32_t{1} << 21) [[unlikely]] {
    c.taken = c.taken + c.near_taken;  // which counts in `head` modulo 2^21
    c.near_taken = 0;
  }
  return e;
}

/// \return false: not possible now, it has to go the way that all can go
inline bool push_near_system(cell& c, envelope* e) noexcept {
  if (c.runner != sole_worker_mark) return false;
  extras* x = c.extra;
  if (!x || (c.system_lane.load(std::memory_order_relaxed) & ~cell::blocked_bit)) return false;
  x->near_system.push_back(e);
  if (!c.near_ready) schedule_near(c);
  return true;
}

inline bool has_near_system(const cell& c) noexcept {
  return c.extra && !c.extra->near_system.is_empty();
}

/// The actor has ended: what is left is nobody's.
void refuse_near(cell& c, const exit_reason& why) noexcept;
void refuse_near_system(cell& c, const exit_reason& why) noexcept;

}  // namespace troupe::detail
