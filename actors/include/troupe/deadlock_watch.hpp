// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>

namespace troupe {

class actor_system;

namespace messages {
struct deadlocks_found {
  using reply = std::uint64_t;
};
}  // namespace messages

enum class deadlock_mode : std::uint8_t {
  report,  ///< says so, and leaves them waiting
  abort,   ///< the youngest wait of the circle ends with deadlock_error
};

struct deadlock_options {
  /// How long an actor stands still before somebody asks why; then asked again at twice, four times … that.
  std::chrono::nanoseconds after = std::chrono::milliseconds{100};
  deadlock_mode mode = deadlock_mode::abort;
  /// Told of each deadlock, the whole circle in words. \thread a worker   Null: stderr.
  std::function<void(const std::string& circle)> listener = {};
};

/// Looks for actors that wait for each other in a circle, across processes too: through asks, `ended()`, and
/// what is held by a guard (lock, rlock, a semaphore of one permit).
///
///   const auto watch = deadlock_watch::spawn(system);
///   …
///   catch (const deadlock_error& e) { std::puts(e.what()); }  // in the actor whose wait was ended
///
/// One watch looks at the actors of its own system and follows what they wait for anywhere; so each process
/// whose actors may be the youngest in a circle, or at least one of those in it, has one.
///
/// It never reports what could still come right by itself: a wait counts only if the actor waits for that
/// alone and as long as it takes. So these are no part of a circle: waits with a timeout, of several things
/// at once, in an actor that is reentrant or receives meanwhile, of plain threads; and questions that somebody
/// keeps a promise for, since the promise may be anywhere. A circle is followed twice, and counts if each
/// wait in it was the same both times: then all of them have stood still at one moment.
///
/// After edge chasing by K. M. Chandy, J. Misra and L. M. Haas, "Distributed Deadlock Detection", 1983; here
/// the one who starts the probe asks its way round, so that nobody on the way needs to know of it.
/// \thread any   \cost nothing for those that do not stand still, but a look at all actors every half
/// `after`, at most 2 % of a processor
class deadlock_watch : public detail::handle<messages::deadlocks_found> {
 public:
  deadlock_watch() = default;

  /// It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument if `after` is not positive
  static deadlock_watch spawn(actor_system& system, deadlock_options options = {});

  /// How many it has found.
  ask_operation<messages::deadlocks_found> found() const;

 private:
  explicit deadlock_watch(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}
};

}  // namespace troupe
