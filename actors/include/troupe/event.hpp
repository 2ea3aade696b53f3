// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>

namespace troupe {

class actor_system;

namespace messages {
struct event_set {};
struct event_clear {};
struct event_is_set {
  using reply = bool;
};
/// Answered with true when the event is set, with false when the time is up.
struct event_wait {
  using reply = bool;
  std::optional<std::chrono::nanoseconds> timeout;
};
struct event_waiting {
  using reply = std::size_t;
};
struct event_describe {
  using reply = std::string;
};
}  // namespace messages

/// A flag to wait for. The handle is a value: copy it, keep it, send it to any process. The flag
/// itself is an actor; when that ends, every wait ends with `actor_down`. A waiter that dies is
/// forgotten. A default-made handle refers to nothing.
///
/// Each verb is an ask: `co_await e.wait()` in an actor, `.get()` in a plain thread, `.result()`
/// for the outcome as a value. Nothing happens before one of these.
/// \thread any   \cost of a verb: one question and one answer
class event : public detail::handle<messages::event_set, messages::event_clear,
                                    messages::event_is_set, messages::event_wait,
                                    messages::event_waiting, messages::event_describe> {
 public:
  event() = default;

  /// A new event, not set. It lives as long as the system, or until its coordinator is stopped.
  static event spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static event spawn_owned();

  /// From now on waits end at once. Those who wait now are let go, also if clear() follows at once.
  ask_operation<messages::event_set> set() const;
  ask_operation<messages::event_clear> clear() const;
  ask_operation<messages::event_is_set> is_set() const;

  /// Waits until the event is set. \return true
  ask_operation<messages::event_wait> wait() const;
  /// \param timeout  longest wait, never shorter; 0: just looks
  /// \return false: the time is up   \throws std::invalid_argument if negative
  ask_operation<messages::event_wait> wait(std::chrono::nanoseconds timeout) const;

  /// How many wait now.
  ask_operation<messages::event_waiting> waiting() const;
  /// "event: set" or "event: unset".
  ask_operation<messages::event_describe> describe() const;

 private:
  explicit event(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}
};

}  // namespace troupe
