// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <troupe/detail/cell.hpp>
#include <troupe/detail/monitor_list.hpp>
#include <troupe/detail/ties.hpp>
#include <troupe/detail/wait_list.hpp>
#include <troupe/exit_reason.hpp>

/// What an actor needs only if it waits, watches, or owns: made on first use, the consumer's alone.
namespace troupe::detail {

/// What a coroutine actor waits for in its mailbox.
struct receive_node {
  std::int64_t deadline = 0;
  std::coroutine_handle<> waiter;
  /// Takes the message out of the envelope and returns true, or leaves it and returns false.
  bool (*offer)(receive_node&, cell&, envelope&) = nullptr;
  static constexpr std::int64_t after_mail =
      1;                     ///< a deadline: when the mail here has been offered
  std::uint64_t marker = 0;  ///< of the envelope that tells so
};

class owed_answer;
struct seldom_needed;
struct seldom_needed_end {
  void operator()(seldom_needed* all) const noexcept;
};

/// The outermost coroutine of something an actor does: its body, or one handler.
struct root_frame {
  cell* home = nullptr;
  root_frame* next = nullptr;
  root_frame** link = nullptr;  ///< what points to it
  std::coroutine_handle<> self;
  void (*finished)(cell&, root_frame&) = nullptr;  ///< called by the worker once the frame is done
  std::exception_ptr error;
  std::int64_t deadline = 0;    ///< of the question that it works for: what it asks inherits it
  std::uint64_t question = 0;   ///< whose deadline that is; of a coroutine actor
  owed_answer* owed = nullptr;  ///< what a handler has been asked and not answered yet
};

struct extras {
  std::uint64_t last_id = 0;  ///< of asks, monitors and waits of this actor
  wait_list waits;
  receive_node* receiver = nullptr;
  root_frame* frames = nullptr;         ///< live ones
  root_frame* active = nullptr;         ///< the one that runs now; a coroutine actor has but one
  bool is_coroutine = false;            ///< the body is one of them: mail goes to `receiver`
  bool killing = false;                 ///< its children are killed, not asked to stop
  root_frame* done = nullptr;           ///< at their final suspension, not yet settled
  std::coroutine_handle<> resume_next;  ///< trampoline: awaiters record, the worker resumes
  std::int64_t timer_armed = 0;         ///< when the one wake-up that is under way is due; 0: none
  std::uint64_t timer = 0;              ///< its id
  envelope* stash_first = nullptr;      ///< mail a selective receive has passed over, in order
  envelope* stash_last = nullptr;
  envelope_list urgent;       ///< mail that overtakes the mailbox, in order
  envelope_list parked;       ///< sends and asks that wait for room in the mailbox, in order
  envelope_list near_system;  ///< the near lane's companion: see near.hpp
  cell* youngest_child = nullptr;
  std::unique_ptr<exit_reason> ending;  ///< why it is stopping, while its children end
  monitor_list<watcher> watchers;
  monitor_list<watched> watching;
  std::unique_ptr<struct ties> ties;                         ///< null until needed
  std::unique_ptr<seldom_needed, seldom_needed_end> seldom;  ///< null until needed
};

static_assert(sizeof(extras) <= 256, "the next size of a block is twice that");

extras& make_extras(cell& c);
inline extras& extras_of(cell& c) { return c.extra ? *c.extra : make_extras(c); }

/// Remembers `h` as the next coroutine to run in `c` once the present one has given way. Awaiters
/// call this and return, instead of transferring control themselves: no stack grows, and nothing
/// is written to a frame after others can see it.
inline void resume_later(cell& c, std::coroutine_handle<> h) { extras_of(c).resume_next = h; }

void add_wait(cell& c, wait_node& w);  ///< gives it an id; arms its deadline
/// The same for an ask of w.whom, with the deadline that ask_deadline() gives it.
void add_ask(cell& c, wait_node& w, std::int64_t timeout);
/// \param timeout  nanoseconds; 0: none but what is inherited; negative: not even that
std::int64_t ask_deadline(cell& c, std::int64_t timeout);
/// It waits no more. \return false: it had ended
bool take_wait(cell& c, std::uint64_t id) noexcept;
/// Tells who was asked that nobody waits any more.
void withdraw_ask(cell& c, const wait_node& w) noexcept;
void set_receiver(cell& c, receive_node& r);  ///< arms its deadline
bool receive_now(cell& c, receive_node& r);   ///< takes a message that is there already
/// The coroutine actor `c` has received this question: until it answers, what it asks inherits the
/// deadline.
inline void inherit_deadline(cell& c, const correlation& question) noexcept {
  c.extra->active->deadline = question.deadline;
  c.extra->active->question = question.id;
}
std::int64_t deadline_after(cell& c, std::int64_t nanoseconds) noexcept;
void add_frame(cell& c, root_frame& f);

}  // namespace troupe::detail
