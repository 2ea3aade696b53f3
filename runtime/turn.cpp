// SPDX-License-Identifier: BSD-3-Clause
#include "turn.hpp"
#include "near.hpp"

#include <troupe/dead_letter.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/detail/turn_watch.hpp>

#include "aside.hpp"

/// One turn of an actor: system envelopes first, then mail, until the mailbox is empty, the actor
/// waits, or its budget is used up. Leaving is two-phase: the coroutine has recorded what it waits
/// for and given way; only then does the worker publish "idle" or "blocked", after which it does not
/// touch the cell again.
namespace troupe::detail {
namespace {

constinit thread_local workplace here;

void note_running(cell* c) noexcept { here.running.store(c, std::memory_order_relaxed); }
void note_message(const message_type* type) noexcept {
  here.message.store(type, std::memory_order_relaxed);
}

void handle_system(cell& c, envelope_ptr& owned) {
  envelope& e = *owned;
  if (c.kind->raw) {
    c.kind->receive(c, e);
  } else if (e.generation != c.generation.load(std::memory_order_relaxed)) {
    refuse(c, e, gone());
  } else if (e.kind == envelope_kind::reply || e.kind == envelope_kind::failure) {
    if (!complete_wait(c, id_of(e), &e)) link_ended(c, e);
  } else if (e.kind == envelope_kind::wake) {
    fire_deadlines(c);
  } else if (is_mail(e.kind)) {
    if (!answer_for(c, e)) set_aside(c, owned.release());
  } else {
    handle_lifecycle(c, e);
  }
}

void handle_system_envelope(cell& c, envelope* e) noexcept {
  envelope_ptr owned(e);
  note_message(e->type);
  try {
    handle_system(c, owned);
  } catch (...) {
    end_actor(c, {exit_reason::cause::error, 0, 0, failure_of(std::current_exception()).text});
  }
}

void drain_system(cell& c) noexcept {
  for (envelope* e = c.take_system(); e;) {
    auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    handle_system_envelope(c, e);
    e = next;
  }
}

/// Those that are there now.
void drain_near_system(cell& c) noexcept {
  envelope_list all = std::exchange(c.extra->near_system, {});
  while (envelope* e = all.pop_front()) handle_system_envelope(c, e);
}

/// A handler threw: the asker learns it, the actor ends, the worker goes on.
void handler_failed(cell& c, envelope& e) noexcept {
  failure f = failure_of(std::current_exception());
  std::string text = f.text;
  if (e.kind == envelope_kind::ask) answer_failure(correlation_of(e), std::move(f));
  end_actor(c, {exit_reason::cause::error, 0, 0, std::move(text)});
}

bool may_be_withdrawn(cell& c, envelope& e) noexcept {
  return correlation_of(e).deadline != 0 || (c.extra && c.extra->seldom);
}

void handle_mail(cell& c, envelope& e) noexcept {
  const actor_class& kind = *c.kind;
  c.current = &e;
  note_message(e.type);
  try {
    if (e.generation != c.generation.load(std::memory_order_relaxed) && !kind.raw) [[unlikely]] {
      refuse(c, e, gone());
    } else if (e.kind == envelope_kind::tell || kind.raw ||
               (e.kind == envelope_kind::ask && !(may_be_withdrawn(c, e) && is_withdrawn(c, e))))
        [[likely]] {
      kind.receive(c, e);
    } else if (e.kind == envelope_kind::ask) {
      drop_withdrawn(c, e);
    } else {
      handle_lifecycle(c, e);
    }
  } catch (...) {
    handler_failed(c, e);
  }
}

bool has_more(const cell& c) noexcept {
  return has_mail(c) || c.has_system() || has_near_system(c);
}

/// The time of a turn. Reads the clock after 1, 2, 4, 8, 16, 32 messages, then after every 32nd: long
/// handlers are noticed early, short turns never pay for it, and a long turn of short handlers pays
/// little.
class time_slice {
 public:
  bool is_over(cell& c, unsigned handled) noexcept {
    if (crowded) return true;
    if (handled < 32 ? (handled & (handled - 1)) != 0 : handled % 32 != 0) return false;
    const std::int64_t present = now(*c.system.load(std::memory_order_relaxed));
    if (start_ == 0) start_ = present;
    return present - start_ > turn_nanoseconds_max;
  }

 private:
  std::int64_t start_ = 0;
};

/// \return false: there is none
bool handle_near(cell& c) noexcept {
  envelope* e = pop_near(c);
  if (!e) return false;
  handle_mail(c, *e);
  c.current = nullptr;
  free_envelope(e);
  return true;
}

/// \return false: there is no mail, or a handler waits
bool handle_next(cell& c) noexcept {
  if (c.busy) return false;
  if (c.aside != 0) [[unlikely]] {
    if (envelope* e = take_aside(c)) {
      handle_mail(c, *e);
      free_envelope(e);
      return true;
    }
  }
  if (!c.near.is_empty()) [[unlikely]]
    return handle_near(c);
  envelope* e = c.pop();
  if (!e) return false;
  handle_mail(c, *e);
  return true;
}

enum class rest : std::uint8_t { parked, more, later };

/// Tries to leave the cell. `more`: something has come; `later`: a sender is between its two stores.
rest park(cell& c) noexcept {
  if (c.busy) return c.set_blocked() ? rest::parked : rest::more;
  const bool ending = std::exchange(c.ending, false);
  const bool to_owner = ending && c.owner.load(std::memory_order_relaxed);
  if (!c.set_idle()) {
    c.ending = ending;
    return c.tail->next.load(std::memory_order_acquire) ? rest::more : rest::later;
  }
  // From here on the cell may run elsewhere; what follows must not touch the consumer's fields.
  if (c.system_lane.load(std::memory_order_seq_cst) != 0 && c.claim()) {
    c.ending = ending;
    return rest::more;
  }
  if (ending) [[unlikely]] {
    if (c.near_ready) {  // it is still in a queue of ours, which will run it once more
      c.ending = true;
    } else {
      give_up_cell(c, to_owner);
    }
  }
  return rest::parked;
}

/// The near lane is done with, for now. \return true: there is work that only the one who has claimed the
/// cell may do, and that are we now
bool claim_rest(cell& c) noexcept {
  if (!c.busy && c.system_lane.load(std::memory_order_relaxed) == cell::blocked_bit) {
    std::uintptr_t blocked = cell::blocked_bit;
    return c.system_lane.compare_exchange_strong(blocked, 0, std::memory_order_seq_cst);
  }
  return (c.ending || c.aside != 0) && c.claim();
}

}  // namespace

cell* running_cell() noexcept { return here.running.load(std::memory_order_relaxed); }
workplace& this_workplace() noexcept { return here; }

turn run_cell(cell& c, unsigned messages_max) noexcept {
  note_running(&c);
  crowded = false;
  unsigned handled = 0;
  time_slice slice;
  turn result = turn::again;
  if (c.extra && c.extra->resume_next) {
    note_message(nullptr);
    run_frames(c);  // the body of a new actor
    if (++handled >= messages_max && has_more(c)) {
      note_running(nullptr);
      return turn::again;
    }
  }
  for (;;) {
    if (c.has_system() || has_near_system(c)) {
      if (has_near_system(c)) drain_near_system(c);
      if (c.has_system()) drain_system(c);
      // Who answers itself at once, asking the dead again and again, must not stay here for ever.
      if (++handled >= messages_max && has_more(c)) break;
    }
    if (handle_next(c)) {
      ++handled;
      // One message is the rule; the rest of the turn begins with looking at the clock.
      if (!has_mail(c)) continue;
      if (handled < messages_max && !slice.is_over(c, handled)) continue;
      if (c.kind->batch_end) c.kind->batch_end(c);
      break;
    }
    if (!c.busy && c.kind->batch_end) c.kind->batch_end(c);
    const rest outcome = park(c);
    if (outcome == rest::more) continue;
    if (outcome == rest::parked) result = turn::parked;
    break;
  }
  note_running(nullptr);
  return result;
}

turn run_near(cell& c) noexcept {
  note_running(&c);
  crowded = false;
  unsigned handled = 0;
  time_slice slice;
  bool over = false;
  while (!over) {
    if (has_near_system(c)) {
      drain_near_system(c);
    } else if (c.busy || c.aside != 0 || !handle_near(c)) {
      break;
    }
    ++handled;
    over = handled >= turn_messages_max ||
           ((!c.near.is_empty() || has_near_system(c)) && slice.is_over(c, handled));
  }
  note_running(nullptr);
  if (has_near_system(c) || (!c.near.is_empty() && !c.busy && c.aside == 0)) return turn::again;
  c.near_ready = false;
  return claim_rest(c) ? run_cell(c) : turn::parked;
}

void unexpected(cell& c, envelope& e) noexcept {
  dead_letter(c, e, drop_reason::not_accepted);
  if (e.kind == envelope_kind::ask) {
    answer_failure(correlation_of(e),
                   {errc::bad_message, "the actor does not accept this message", {}});
  }
  destroy_payload(e);
}

}  // namespace troupe::detail
