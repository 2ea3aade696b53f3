// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/ask.hpp>
#include <troupe/detail/future_coordinator.hpp>

namespace troupe {

/// A T that is to come, once, for as many as want it. The other end, which brings it, is a pledge<T>.
/// A value: copy it, keep it, send it to any process. A default-made one refers to nothing.
///
/// Nobody waits for the dead: if all who hold the pledge end before they have kept it, it is *broken*, and
/// all who wait and all who come later get `broken_promise`, which names the last of the dead. If what
/// holds the value itself ends, every wait ends with `actor_down`. A waiter that dies is forgotten.
///
/// Each verb is an ask: `co_await f.wait()` in an actor, `.get()` in a plain thread, `.result()` for the
/// outcome as a value. Nothing happens before one of these.
/// \tparam T  void, or copyable: each who waits gets a copy   \thread any   \cost of a verb: one question
/// and one answer
template <class T>
class future : public detail::future_handle<T> {
 public:
  future() = default;

  /// Waits until it has come. \return the T, of which there may be many copies
  /// \throws handler_error with the text of the exception that was set; broken_promise
  auto wait() const { return this->coordinator_.ask(messages::future_wait<T>{}); }
  /// \param timeout  longest wait, never shorter; 0: just looks
  /// \return nothing (of a future<void>: false): the time is up
  /// \throws std::invalid_argument if negative; as wait()
  auto wait(std::chrono::nanoseconds timeout) const {
    return this->coordinator_.ask(
        messages::future_wait_for<T>{*detail::checked_patience(timeout, "future::wait")});
  }
  /// Whether wait() would end at once, in whatever way.
  auto is_ready() const { return this->coordinator_.ask(messages::future_is_ready{}); }
  /// How many wait now.
  auto waiting() const { return this->coordinator_.ask(messages::future_waiting{}); }
  /// "future: 2 waiting", "future: has come", "future: failed: …".
  auto describe() const { return this->coordinator_.ask(messages::future_describe{}); }

 private:
  template <class>
  friend class pledge;
  explicit future(const typename future::coordinator_ref& coordinator) noexcept
      : detail::future_handle<T>(coordinator) {}
};

}  // namespace troupe
