// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>
#include <troupe/detail/core.hpp>
#include <troupe/detail/extras.hpp>

/// How the parts of a turn call each other. All of these are for the consumer of `c`.
namespace troupe::detail {

// turn.cpp
/// The turn of a cell that was scheduled for its near lane (near_ready). \return again: it still is
turn run_near(cell& c) noexcept;
/// In any lane of users' mail.
inline bool has_mail(const cell& c) noexcept {
  return c.tail->next.load(std::memory_order_relaxed) || c.aside != 0 || !c.near.is_empty();
}

// waiting.cpp
void run_frames(cell& c);  ///< resumes until all of them wait
bool complete_wait(cell& c, std::uint64_t id, envelope* answer);  ///< false: nobody waits for it
void end_waits(cell& c) noexcept;  ///< nothing is waited for any more; who was asked learns it
void fire_deadlines(cell& c);
void mail_offered(cell& c,
                  std::uint64_t marker);   ///< a receive has seen all mail before its marker
void arm(cell& c, std::int64_t deadline);  ///< its wake-up comes then, or sooner; 0: never
void disarm(cell& c) noexcept;             ///< of its wake-up
void offer_mail(cell& c, envelope& e);     ///< to the receiver, else to the stash
void destroy_frames(cell& c) noexcept;
void drop_stash(cell& c, const exit_reason& why) noexcept;

// idle.cpp
std::int64_t idle_deadline(cell& c) noexcept;  ///< 0: none, or a handler waits
/// Calls on(idle) if it is time. \return the next time
std::int64_t check_idle(cell& c, std::int64_t present);

// lifecycle.cpp
void end_actor(cell& c, exit_reason why, bool kill = false) noexcept;
void settle(cell& c) noexcept;
void end_body(cell& c, const exit_reason& why) noexcept;
void handle_lifecycle(cell& c, envelope& e);         ///< monitor, kill, child_ended, stop …
void give_up_cell(cell& c, bool to_owner) noexcept;  ///< after it has become idle
exit_reason gone();

// monitors.cpp
void tell_watcher(cell& c, const watcher& w, const down& news);
void stop_watching(cell& c, const watched& w) noexcept;
void handle_down(cell& c, envelope& e);  ///< only what was asked for counts, and once

// restarts.cpp
void begin_rest(cell& c) noexcept;
void handle_supervision(cell& c, envelope& e);
bool is_stop_wanted(const cell& c, const envelope& e) noexcept;  ///< or meant for an earlier body
void forget_stop(cell& c) noexcept;                              ///< and the timer that would kill

// inspection.cpp
void answer_inspection(cell& c, envelope& e) noexcept;

// urgency.cpp
void urgency_changed(cell& c, const envelope& e);

// wait_report.cpp
/// Answers what the runtime answers for every actor. \return false: it is something else
bool answer_for(cell& c, envelope& e);

// links.cpp
void link_requested(cell& c, envelope& e);   ///< by a monitor that is half a link
void link_taken_back(cell& c, envelope& e);  ///< by the other side's demonitor, if it meant a link
void link_ended(cell& c, envelope& e);       ///< with an actor that `c` is linked to
void settle_links(cell& c, const exit_reason& why);

// refusal.cpp
void refuse(cell& c, envelope& e, const exit_reason& why) noexcept;
/// Returns once no sender is refusing its own mail any more that began before. \thread plain
void wait_for_refusals() noexcept;
/// For a fork of the process: no refusal is under way in the copy.
void lock_refusals() noexcept;
void unlock_refusals() noexcept;
void renew_refusals() noexcept;  ///< in the copy, in place of the unlock
/// A vacant cell without a system has got mail: the sender, who is its consumer now, refuses it.
void refuse_late_mail(cell& c) noexcept;

// cancellation.cpp
/// Nobody waits for the answer to this question any more.
void question_withdrawn(cell& c, const correlation& question);
/// The handler's frame that still owes the answer to it, or null.
root_frame* frame_working_on(extras& x, const correlation& question) noexcept;
/// An ask is not run if its asker has given up, or its deadline has passed.
bool is_withdrawn(cell& c, envelope& e) noexcept;
void drop_withdrawn(cell& c, envelope& e) noexcept;
/// Mail that was there before this marker has been handled.
bool forget_withdrawn(cell& c, std::uint64_t marker) noexcept;
/// The actor ends: all work for others is given up.
void stop_all_work(cell& c) noexcept;
void forget_work(cell& c) noexcept;  ///< after which nothing of the body is left

// answers.cpp
/// Why the actor that is being settled on this thread ends: the questions it has kept go with it.
const exit_reason*& settling_reason() noexcept;

inline bool has_tenant(const cell& c) noexcept {
  return c.generation.load(std::memory_order_relaxed) & 1;
}

}  // namespace troupe::detail
