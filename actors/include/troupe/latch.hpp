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
struct latch_count_down {
  using reply = void;
  std::size_t amount = 1;
};
/// Counts down `arriving` first. Answered with true when the latch is open, with false when the time is
/// up, or with errc::broken.
struct latch_wait {
  using reply = bool;
  std::size_t arriving = 0;
  std::optional<std::chrono::nanoseconds> timeout;
};
struct latch_enroll {
  using reply = void;
  actor_ref<> party;
  std::size_t amount = 1;
};
struct latch_count {
  using reply = std::size_t;
};
struct latch_broken {
  using reply = bool;
};
struct latch_waiting {
  using reply = std::size_t;
};
struct latch_describe {
  using reply = std::string;
};
}  // namespace messages

/// A count that goes down to nothing, once; then it is open for good, and all who wait are let go. The
/// handle is a value: copy it, keep it, send it to any process. The latch itself is an actor; when that ends,
/// every wait ends with `actor_down`. A default-made handle refers to nothing.
///
/// Nobody waits for the dead: if an enrolled party ends before it has counted down what it owes, by a crash
/// or in peace, the latch is *broken* for good: all who wait and all who come later get `broken_error`, which
/// names the dead. Who only counts down is not told. A waiter that dies is forgotten.
///
/// Each verb is an ask: `co_await l.wait()` in an actor, `.get()` in a plain thread, `.result()` for the
/// outcome as a value. Nothing happens before one of these.
/// \thread any   \cost of a verb: one question and one answer
class latch
    : public detail::handle<messages::latch_count_down, messages::latch_wait,
                            messages::latch_enroll, messages::latch_count, messages::latch_broken,
                            messages::latch_waiting, messages::latch_describe> {
 public:
  latch() = default;

  /// A new latch. It lives as long as the system, or until its coordinator is stopped.
  /// \param count  to be counted down; of 0 it is open at once   \throws std::invalid_argument if negative
  static latch spawn(actor_system& system, std::ptrdiff_t count);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static latch spawn_owned(std::ptrdiff_t count);

  /// Does not wait. \throws std::invalid_argument if n is less than 1; misuse_error if there are not so many
  /// left: then nothing is counted
  ask_operation<messages::latch_count_down> count_down(std::ptrdiff_t n = 1) const;

  /// Waits until nothing is left. \return true   \throws broken_error
  ask_operation<messages::latch_wait> wait() const;
  /// \param timeout  longest wait, never shorter; 0: just looks
  /// \return false: the time is up   \throws std::invalid_argument if negative; broken_error
  ask_operation<messages::latch_wait> wait(std::chrono::nanoseconds timeout) const;
  /// Whether wait() would end at once. \throws broken_error
  ask_operation<messages::latch_wait> try_wait() const;

  /// Both in one step. \return true   \throws as count_down() and wait()
  ask_operation<messages::latch_wait> arrive_and_wait(std::ptrdiff_t n = 1) const;

  /// Makes known, before or while it is at work, who is to count `n` down, or so many more: its end breaks the
  /// latch, unless it has done so. What it has counted before is taken into account. An asker is an actor;
  /// what a plain thread counts is nobody's.
  /// \throws std::invalid_argument if it refers to nobody, or n is less than 1
  ask_operation<messages::latch_enroll> enroll(const actor_ref<>& party,
                                               std::ptrdiff_t n = 1) const;

  /// How many are left.
  ask_operation<messages::latch_count> count() const;
  ask_operation<messages::latch_broken> broken() const;
  /// How many wait now.
  ask_operation<messages::latch_waiting> waiting() const;
  /// "latch: 2 left", "latch: open" or "latch: broken".
  ask_operation<messages::latch_describe> describe() const;

 private:
  explicit latch(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}
};

}  // namespace troupe
