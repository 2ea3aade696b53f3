// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>
#include <troupe/detail/core.hpp>
#include <troupe/detail/extras.hpp>

/// How the parts of a turn call each other. All of these are for the consumer of `c`.
namespace troupe::detail {

/// Limits of one turn: whichever comes first. The time is the fair one: counted in messages, a
/// producer whose handler sends a thousand would get a hundred times the turn of its consumer.
inline constexpr unsigned turn_messages_max = 4096;
inline constexpr std::int64_t turn_nanoseconds_max = 50'000;

// waiting.cpp
void run_frames(cell& c);  ///< resumes until all of them wait
bool complete_wait(cell& c, std::uint64_t id, envelope* answer);  ///< false: nobody waits for it
void fire_deadlines(cell& c);
void mail_offered(cell& c,
                  std::uint64_t marker);  ///< a receive has seen all mail before its marker
void disarm(cell& c) noexcept;            ///< of its wake-up
void offer_mail(cell& c, envelope& e);    ///< to the receiver, else to the stash
void destroy_frames(cell& c) noexcept;
void drop_stash(cell& c, const exit_reason& why) noexcept;

// lifecycle.cpp
void end_actor(cell& c, exit_reason why, bool kill = false) noexcept;
void handle_lifecycle(cell& c, envelope& e);         ///< monitor, kill, child_ended, stop …
void give_up_cell(cell& c, bool to_owner) noexcept;  ///< after it has become idle
exit_reason gone();

// monitors.cpp
void tell_watcher(cell& c, const watcher& w, const down& news);
void stop_watching(cell& c, const watched& w) noexcept;
void handle_down(cell& c, envelope& e);  ///< only what was asked for counts, and once

// refusal.cpp
void refuse(cell& c, envelope& e, const exit_reason& why) noexcept;
/// Returns once no sender is refusing its own mail any more that began before. \thread plain
void wait_for_refusals() noexcept;
/// A vacant cell without a system has got mail: the sender, who is its consumer now, refuses it.
void refuse_late_mail(cell& c) noexcept;

// answers.cpp
/// Why the actor that is being settled on this thread ends: the questions it has kept go with it.
const exit_reason*& settling_reason() noexcept;

inline bool has_tenant(const cell& c) noexcept {
  return c.generation.load(std::memory_order_relaxed) & 1;
}

}  // namespace troupe::detail
