// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <troupe/detail/cell.hpp>
#include <troupe/error.hpp>

/// The calls that templates in public headers make into the runtime.
namespace troupe::detail {

// Cells ---------------------------------------------------------------------------------------

/// Opens a vacant cell for a new actor; the caller is its consumer until publish or abandon.
/// While it lives, actors constructed on this thread find their cell here.
/// \throws cancelled_error when the system is shutting down
class opening {
 public:
  opening(system_core& system, const actor_class& kind, cell* owner);
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

// Answers -------------------------------------------------------------------------------------

void answer(const correlation& question, envelope* reply) noexcept;  ///< reply or failure
void answer_failure(const correlation& question, failure f) noexcept;
failure failure_of(std::exception_ptr error);
failure down_failure(const exit_reason& why);  ///< what an ask of somebody who is gone ends with

// Turns ---------------------------------------------------------------------------------------

enum class turn : std::uint8_t { parked, again };
/// Lets the actor of `c` handle mail, up to its budget. The caller is the consumer; unless it gets
/// `again`, it is not any more.
turn run_cell(cell& c) noexcept;

/// What every kind does with a message that it does not know.
void unexpected(cell& c, envelope& e) noexcept;

// Ends ----------------------------------------------------------------------------------------

void request_stop(const address& whom) noexcept;
void request_kill(const address& whom) noexcept;
std::uint64_t start_monitor(cell& c, const address& whom);
void stop_monitor(cell& c, std::uint64_t id) noexcept;
/// Asks for the end of `whom` to come to `c` as the answer with this id.
void request_end(cell& c, const address& whom, std::uint64_t id);
/// `c` stops itself: what is in its mailbox now is still handled.
void stop_self(cell& c) noexcept;

// The system ------------------------------------------------------------------------------------

std::int64_t now(system_core& system) noexcept;  ///< nanoseconds of the system's clock
/// Sends `e` to `to` at `when`. \return an id for cancel_timer
std::uint64_t start_timer(system_core& system, std::int64_t when, const address& to,
                          envelope_ptr e);
/// \return false: it has been sent already
bool cancel_timer(system_core& system, std::uint64_t id) noexcept;
void dead_letter(system_core* system, const envelope& e) noexcept;

std::string print(const address& a);

/// A moment `nanoseconds` after `start`, or the end of time.
constexpr std::int64_t later(std::int64_t start, std::int64_t nanoseconds) noexcept {
  return nanoseconds > INT64_MAX - start ? INT64_MAX : start + nanoseconds;
}

}  // namespace troupe::detail
