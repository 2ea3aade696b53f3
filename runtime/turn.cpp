// SPDX-License-Identifier: BSD-3-Clause
#include "turn.hpp"

#include <troupe/detail/system_core.hpp>

/// One turn of an actor: system envelopes first, then mail, until the mailbox is empty, the actor
/// waits, or its budget is used up. Leaving is two-phase: the coroutine has recorded what it waits
/// for and given way; only then does the worker publish "idle" or "blocked", after which it does not
/// touch the cell again.
namespace troupe::detail {
namespace {

thread_local cell* running = nullptr;

void handle_system(cell& c, envelope& e) {
  if (c.kind->raw) {
    c.kind->receive(c, e);
  } else if (e.generation != c.generation.load(std::memory_order_relaxed)) {
    refuse(c, e, gone());
  } else if (e.kind == envelope_kind::reply || e.kind == envelope_kind::failure) {
    complete_wait(c, id_of(e), &e);
  } else if (e.kind == envelope_kind::wake) {
    fire_deadlines(c);
  } else {
    handle_lifecycle(c, e);
  }
}

void drain_system(cell& c) noexcept {
  envelope* e = c.take_system();
  while (e) {
    auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    envelope_ptr owned(e);
    try {
      handle_system(c, *e);
    } catch (...) {
      end_actor(c, {exit_reason::cause::error, 0, 0, failure_of(std::current_exception()).text});
    }
    e = next;
  }
}

/// A handler threw: the asker learns it, the actor ends, the worker goes on.
void handler_failed(cell& c, envelope& e) noexcept {
  failure f = failure_of(std::current_exception());
  std::string text = f.text;
  if (e.kind == envelope_kind::ask) answer_failure(correlation_of(e), std::move(f));
  end_actor(c, {exit_reason::cause::error, 0, 0, std::move(text)});
}

/// An ask whose asker has given up is not run.
bool has_expired(cell& c, envelope& e) noexcept {
  const std::int64_t deadline = correlation_of(e).deadline;
  return deadline != 0 && deadline <= now(*c.system.load(std::memory_order_relaxed));
}

void drop_expired(cell& c, envelope& e) noexcept {
  dead_letter(c.system.load(std::memory_order_relaxed), e);
  answer_failure(correlation_of(e), timeout_failure());
  destroy_payload(e);
}

void handle_mail(cell& c, envelope& e) noexcept {
  const actor_class& kind = *c.kind;
  c.current = &e;
  try {
    if (e.generation != c.generation.load(std::memory_order_relaxed) && !kind.raw) [[unlikely]] {
      refuse(c, e, gone());
    } else if (e.kind == envelope_kind::tell || kind.raw ||
               (e.kind == envelope_kind::ask && !has_expired(c, e))) [[likely]] {
      kind.receive(c, e);
    } else if (e.kind == envelope_kind::ask) {
      drop_expired(c, e);
    } else {
      handle_lifecycle(c, e);
    }
  } catch (...) {
    handler_failed(c, e);
  }
}

/// The time of a turn. Reads the clock after 1, 2, 4, 8, 16, 32 messages, then after every 32nd: long
/// handlers are noticed early, short turns never pay for it, and a long turn of short handlers pays
/// little.
class time_slice {
 public:
  bool is_over(cell& c, unsigned handled) noexcept {
    if (handled < 32 ? (handled & (handled - 1)) != 0 : handled % 32 != 0) return false;
    const std::int64_t present = now(*c.system.load(std::memory_order_relaxed));
    if (start_ == 0) start_ = present;
    return present - start_ > turn_nanoseconds_max;
  }

 private:
  std::int64_t start_ = 0;
};

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
  if (ending) give_up_cell(c, to_owner);
  return rest::parked;
}

}  // namespace

cell* running_cell() noexcept { return running; }

turn run_cell(cell& c) noexcept {
  running = &c;
  unsigned handled = 0;
  time_slice slice;
  turn result = turn::again;
  if (c.extra && c.extra->resume_next) run_frames(c);  // the body of a new actor
  for (;;) {
    if (c.has_system()) drain_system(c);
    envelope* e = c.busy ? nullptr : c.pop();
    if (e) {
      handle_mail(c, *e);
      ++handled;
      // One message is the rule; the rest of the turn begins with looking at the clock.
      if (!c.tail->next.load(std::memory_order_relaxed)) continue;
      if (handled < turn_messages_max && !slice.is_over(c, handled)) continue;
      if (c.kind->batch_end) c.kind->batch_end(c);
      break;
    }
    if (!c.busy && c.kind->batch_end) c.kind->batch_end(c);
    const rest outcome = park(c);
    if (outcome == rest::more) continue;
    if (outcome == rest::parked) result = turn::parked;
    break;
  }
  running = nullptr;
  return result;
}

void unexpected(cell& c, envelope& e) noexcept {
  dead_letter(c.system.load(std::memory_order_relaxed), e);
  if (e.kind == envelope_kind::ask) {
    answer_failure(correlation_of(e),
                   {errc::bad_message, "the actor does not accept this message", {}});
  }
  destroy_payload(e);
}

}  // namespace troupe::detail
