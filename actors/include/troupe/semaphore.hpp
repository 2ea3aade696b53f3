// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/semaphore_verbs.hpp>

namespace troupe {

class actor_system;

/// A number of permits, to be held by actors and plain threads in any process. The handle is a value: copy it,
/// keep it, send it to any process. The semaphore itself is an actor; when that ends, every wait ends with
/// `actor_down`. A default-made handle refers to nothing.
///
///   const auto place = co_await places.acquire();  // goes back when it goes
///
/// Nobody waits for the dead: what an actor holds when it ends is back at once, and who gets it is told.
/// A waiter that ends or gives up leaves the line, and what had been granted to it goes to the next.
///
/// It may be released more often than acquired; then there are more permits than at first.
///
/// Each verb is an ask: `co_await places.acquire()` in an actor, `.get()` in a plain thread, `.result()`
/// for the outcome as a value. Nothing happens before one of these.
/// \thread any   \cost of a verb: one question and one answer; of a release by the guard: one message
class semaphore : public detail::semaphore_verbs {
 public:
  semaphore() = default;

  /// A new one. It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument if `value` is negative
  static semaphore spawn(actor_system& system, std::ptrdiff_t value = 1);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static semaphore spawn_owned(std::ptrdiff_t value = 1);

 private:
  explicit semaphore(const coordinator_ref& c) noexcept : semaphore_verbs(c) {}
};

}  // namespace troupe
