// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/lock_verbs.hpp>

namespace troupe {

class actor_system;

/// What one actor at a time holds. The handle is a value: copy it, keep it, send it to any process. The
/// lock itself is an actor; when that ends, every wait ends with `actor_down`. A default-made handle
/// refers to nothing.
///
///   auto held = co_await door.acquire();  // a guard: releases when it goes
///   if (held.abandoned()) repair();       // the one who held it before ended with it
///
/// Nobody waits for the dead: if the holder ends, be it by a crash or by a clean exit, the lock passes to
/// the next in line, who is told; so is who comes first to a lock that lies abandoned. A waiter that ends or
/// gives up leaves the line, and what had been granted to it goes to the next.
///
/// It is not recursive: whoever acquires it again waits, for itself too. Anybody may release it.
///
/// Each verb is an ask: `co_await door.acquire()` in an actor, `.get()` in a plain thread, `.result()`
/// for the outcome as a value. Nothing happens before one of these.
/// \thread any   \cost of a verb: one question and one answer; of a release by the guard: one message
class lock : public detail::lock_verbs {
 public:
  lock() = default;

  /// A new lock, free. It lives as long as the system, or until its coordinator is stopped.
  static lock spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static lock spawn_owned();

 private:
  explicit lock(const coordinator_ref& coordinator) noexcept : lock_verbs(coordinator) {}
};

}  // namespace troupe
