// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <troupe/detail/cell.hpp>
#include <troupe/exit_reason.hpp>
#include <vector>

/// What an actor needs only if it waits, watches, or owns: made on first use, the consumer's alone.
namespace troupe::detail {

/// One thing that a coroutine of this actor waits for under an id: a reply, an end, a moment.
/// Lives in the awaiter, so in the waiting frame; linked in `extras::waits` while it waits.
struct wait_node {
  wait_node* next = nullptr;
  std::uint64_t id = 0;
  std::int64_t deadline = 0;  ///< 0: none
  std::coroutine_handle<> waiter;
  /// Takes the answer (null: the deadline has passed). The caller resumes `waiter` afterwards.
  void (*complete)(wait_node&, envelope* answer) = nullptr;
};

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

/// The outermost coroutine of something an actor does: its body, or one handler.
struct root_frame {
  cell* home = nullptr;
  root_frame* next = nullptr;
  std::coroutine_handle<> self;
  void (*finished)(cell&, root_frame&) = nullptr;  ///< called by the worker once the frame is done
  std::exception_ptr error;
};

struct watcher {
  address who;
  std::uint64_t id;
  bool as_answer;  ///< it waits for the end as for a reply, not in its mailbox
};
struct watched {
  std::uint64_t id;
  address whom;
};

struct extras {
  std::uint64_t last_id = 0;  ///< of asks, monitors and waits of this actor
  wait_node* waits = nullptr;
  receive_node* receiver = nullptr;
  root_frame* frames = nullptr;         ///< live ones
  bool is_coroutine = false;            ///< the body is one of them: mail goes to `receiver`
  root_frame* done = nullptr;           ///< at their final suspension, not yet settled
  std::coroutine_handle<> resume_next;  ///< trampoline: awaiters record, the worker resumes
  std::int64_t timer_armed = 0;         ///< when the one wake-up that is under way is due; 0: none
  std::uint64_t timer = 0;              ///< its id
  envelope* stash_first = nullptr;      ///< mail a selective receive has passed over, in order
  envelope* stash_last = nullptr;
  cell* youngest_child = nullptr;
  bool killing = false;               ///< its children are killed, not asked to stop
  std::optional<exit_reason> ending;  ///< why it is stopping, while its children end
  std::vector<watcher> watchers;
  std::vector<watched> watching;
};

extras& make_extras(cell& c);
inline extras& extras_of(cell& c) { return c.extra ? *c.extra : make_extras(c); }

/// Remembers `h` as the next coroutine to run in `c` once the present one has given way. Awaiters
/// call this and return, instead of transferring control themselves: no stack grows, and nothing
/// is written to a frame after others can see it.
inline void resume_later(cell& c, std::coroutine_handle<> h) { extras_of(c).resume_next = h; }

void add_wait(cell& c, wait_node& w);         ///< gives it an id; arms its deadline
void set_receiver(cell& c, receive_node& r);  ///< arms its deadline
bool receive_now(cell& c, receive_node& r);   ///< takes a message that is there already
std::int64_t deadline_after(cell& c, std::int64_t nanoseconds) noexcept;
void add_frame(cell& c, root_frame& f);

}  // namespace troupe::detail
