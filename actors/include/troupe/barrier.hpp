// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>
#include <vector>

namespace troupe {

class actor_system;

struct barrier_options {
  int parties = 0;  ///< how many must arrive; at least 1
  /// Run once in every round, when all have arrived and before anyone is let go, by the barrier's
  /// own actor, so in the process that spawned it. It must not block. If it throws, the barrier
  /// breaks.
  std::function<void()> action = {};
  /// Longest wait of a party that gives none itself; nothing: as long as it takes.
  std::optional<std::chrono::nanoseconds> timeout = {};
};

namespace messages {
/// Answered with the index of arrival in this round, or with errc::broken.
struct barrier_wait {
  using reply = int;
  std::optional<std::chrono::nanoseconds> timeout;
};
struct barrier_reset {};
struct barrier_abort {};
struct barrier_enroll {
  std::vector<actor_ref<>> parties;
};
struct barrier_leave {
  using reply = bool;
  actor_ref<> party;
};
struct barrier_parties {
  using reply = int;
};
struct barrier_n_waiting {
  using reply = int;
};
struct barrier_broken {
  using reply = bool;
};
struct barrier_describe {
  using reply = std::string;
};
}  // namespace messages

/// A point that `parties` actors pass together, round after round. The handle is a value: copy it,
/// keep it, send it to any process. The barrier itself is an actor; when that ends, every wait ends
/// with `actor_down`. A default-made handle refers to nothing.
///
/// Nobody waits for the dead: if a party ends while it waits, or an enrolled one before it arrives,
/// be it by a crash or by a clean exit, the barrier is *broken*: all who wait and all who come
/// later get `broken_error`, which names the dead, until reset(). One who waits too long breaks it
/// too.
///
/// Each verb is an ask: `co_await b.wait()` in an actor, `.get()` in a plain thread, `.result()`
/// for the outcome as a value. Nothing happens before one of these.
/// \thread any   \cost of a verb: one question and one answer
class barrier
    : public detail::handle<
          messages::barrier_wait, messages::barrier_reset, messages::barrier_abort,
          messages::barrier_enroll, messages::barrier_leave, messages::barrier_parties,
          messages::barrier_n_waiting, messages::barrier_broken, messages::barrier_describe> {
 public:
  barrier() = default;

  /// A new barrier. It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument naming the option
  static barrier spawn(actor_system& system, barrier_options options);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static barrier spawn_owned(barrier_options options);

  /// Waits until all parties have arrived.
  /// \return 0 … parties - 1, another for each of this round   \throws broken_error
  ask_operation<messages::barrier_wait> wait() const;
  /// \param timeout  longest wait for the others; when it is over, the barrier breaks for all
  /// \throws std::invalid_argument if negative; broken_error
  ask_operation<messages::barrier_wait> wait(std::chrono::nanoseconds timeout) const;

  /// Who waits now gets `broken_error`; after that the barrier is as new. Living members stay
  /// enrolled.
  ask_operation<messages::barrier_reset> reset() const;
  /// Breaks the barrier until reset().
  ask_operation<messages::barrier_abort> abort() const;

  /// Makes these actors known before they arrive: the end of one of them breaks the barrier, unless
  /// it has left before. Who is not enrolled may come and go as long as it does not wait.
  /// \throws std::invalid_argument if one of them refers to nobody
  ask_operation<messages::barrier_enroll> enroll(std::vector<actor_ref<>> members) const;
  template <class... Ms, class... Refs>
  ask_operation<messages::barrier_enroll> enroll(const actor_ref<Ms...>& first,
                                                 const Refs&... others) const {
    return enroll(std::vector<actor_ref<>>{first, others...});
  }
  /// Takes an enrolment back. \return false: it was not enrolled
  ask_operation<messages::barrier_leave> leave(const actor_ref<>& member) const;

  ask_operation<messages::barrier_parties> parties() const;
  ask_operation<messages::barrier_n_waiting> n_waiting() const;
  ask_operation<messages::barrier_broken> broken() const;
  /// "barrier: 2/3 waiting" or "barrier: broken".
  ask_operation<messages::barrier_describe> describe() const;

 private:
  explicit barrier(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}
};

}  // namespace troupe
