// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <troupe/detail/cell.hpp>
#include <troupe/error.hpp>

namespace troupe {
enum class drop_reason : std::uint8_t;
}

/// The calls that templates in public headers make into the runtime.
namespace troupe::detail {

// Cells ---------------------------------------------------------------------------------------

/// Opens a vacant cell for a new actor; the caller is its consumer until publish or abandon.
/// While it lives, actors constructed on this thread find their cell here.
/// \throws cancelled_error when the system is shutting down, std::invalid_argument naming the option
class opening {
 public:
  opening(system_core& system, const actor_class& kind, cell* owner,
          const spawn_options* chosen = nullptr);
  ~opening();  ///< not published: the cell goes back
  opening(const opening&) = delete;
  opening& operator=(const opening&) = delete;

  cell& home() noexcept { return *cell_; }
  address publish() noexcept;

 private:
  cell* cell_;
  cell* outer_;
};

/// The cell that is being opened on this thread. Actors and behaviors ask in their constructors.
cell& cell_being_opened() noexcept;

/// The cell whose actor runs on this thread, or null: a plain thread.
cell* running_cell() noexcept;
/// \throws misuse_error in an actor, where waiting would block a worker; not in one with its own thread
void require_blockable_thread();

// Answers -------------------------------------------------------------------------------------

void answer(const correlation& question, envelope* reply) noexcept;  ///< reply or failure
void answer_failure(const correlation& question, failure f) noexcept;
/// What was sent to `c` before this mark has been handled, or never will be.
void give_receipt(const address& whose, const envelope& mark) noexcept;
/// Asks `to` in the name of the asker in `question`. \thread any
void refuse_question(envelope* e) noexcept;
inline void send_question(const address& to, envelope* e, correlation question) noexcept {
  correlation_of(*e) = question;
  if (to.home) {
    post_question(to, e);
  } else {
    refuse_question(e);
  }
}

/// In `flags` of an ask, beside those of overflow.cpp.
inline constexpr std::uint8_t ask_withdrawn = 32;   ///< not to be run
inline constexpr std::uint8_t ask_in_handler = 64;  ///< a handler that may make a promise runs
inline constexpr std::uint8_t ask_dropped = 128;    ///< its promise has gone unanswered meanwhile
/// The handler has returned: a question that was dropped in it is answered now, not before, since an
/// exception would have been the better answer.
void settle_dropped(envelope& e) noexcept;
/// The answer is given: what its actor asks from now on has nothing to do with its deadline.
void question_answered(const correlation& question) noexcept;

failure failure_of(std::exception_ptr error);
failure timeout_failure();
failure cancelled_failure();
failure down_failure(const exit_reason& why);  ///< what an ask of somebody who is gone ends with

// Turns ---------------------------------------------------------------------------------------

enum class turn : std::uint8_t { parked, again };
/// Limits of one turn: whichever comes first. The time is the fair one: counted in messages, a
/// producer whose handler sends a thousand would get a hundred times the turn of its consumer.
inline constexpr unsigned turn_messages_max = 4096;
inline constexpr std::int64_t turn_nanoseconds_max = 50'000;
/// Lets the actor of `c` handle mail, up to its budget. The caller is the consumer; unless it gets
/// `again`, it is not any more.
turn run_cell(cell& c, unsigned messages_max = turn_messages_max) noexcept;

/// What every kind does with a message that it does not know.
void unexpected(cell& c, envelope& e) noexcept;

// Ends ----------------------------------------------------------------------------------------

void request_stop(const address& whom) noexcept;
void request_kill(const address& whom) noexcept;
std::uint64_t start_monitor(cell& c, const address& whom);
void stop_monitor(cell& c, std::uint64_t id) noexcept;
/// Ties the fates of `c` and `whom`; takes that back.
void start_link(cell& c, const address& whom);
void stop_link(cell& c, const address& whom) noexcept;
/// Asks for the end of `whom` to come to `c` as the answer with this id.
void request_end(cell& c, const address& whom, std::uint64_t id);
/// `c` stops itself: what is in its mailbox now is still handled.
void stop_self(cell& c) noexcept;

// The system ------------------------------------------------------------------------------------

std::int64_t now(system_core& system) noexcept;  ///< nanoseconds of the system's clock
/// Sends `e` to `to` at `when`. \return an id for cancel_timer
std::uint64_t start_timer(system_core& system, std::int64_t when, const address& to,
                          envelope_ptr e);
/// Sends copies of `e`, the first after `period`. \throws std::invalid_argument
std::uint64_t start_repeating_timer(system_core& system, std::int64_t period, const address& to,
                                    envelope_ptr e, envelope* (*copy)(envelope&) noexcept);
/// Another tell with the same message; null if it cannot be copied now.
template <class M>
envelope* copy_tell(envelope& e) noexcept {
  try {
    return make_envelope(envelope_kind::tell, std::as_const(e.as<M>()));
  } catch (...) {
    return nullptr;
  }
}
/// \return false: it has been sent already
bool cancel_timer(system_core& system, std::uint64_t id) noexcept;
/// \throws misuse_error if this actor has no on(idle)
void set_idle_timeout(cell& c, std::int64_t nanoseconds);
/// A handler has ended.
void note_activity(cell& c) noexcept;
void dead_letter(cell& c, const envelope& e, drop_reason why) noexcept;

std::string print(const address& a);

/// A moment `nanoseconds` after `start`, or the end of time.
constexpr std::int64_t later(std::int64_t start, std::int64_t nanoseconds) noexcept {
  return nanoseconds > INT64_MAX - start ? INT64_MAX : start + nanoseconds;
}

}  // namespace troupe::detail
