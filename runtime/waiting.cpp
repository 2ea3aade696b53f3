// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/detail/dispatch.hpp>
#include <troupe/detail/spawn.hpp>
#include <troupe/detail/system_core.hpp>

#include "turn.hpp"

/// Coroutines of an actor: what they wait for, how they go on, how mail reaches them.
namespace troupe::detail {

extras& make_extras(cell& c) {
  c.extra = new (allocate_bytes(sizeof(extras))) extras{};
  return *c.extra;
}

std::int64_t deadline_after(cell& c, std::int64_t nanoseconds) noexcept {
  const std::int64_t start = now(*c.system.load(std::memory_order_relaxed));
  return later(start, std::max<std::int64_t>(nanoseconds, 1));
}

namespace {

/// Times the receiver out, but only once all mail that is here now has been offered to it.
void post_marker(cell& c, receive_node& r) {
  envelope* e = make_bare_envelope(envelope_kind::wake);
  r.deadline = receive_node::after_mail;
  r.marker = id_of(*e) = ++c.extra->last_id;
  post(c.self(), e);
}

void time_out(cell& c) {
  receive_node& r = *std::exchange(c.extra->receiver, nullptr);
  resume_later(c, r.waiter);
  run_frames(c);
}

void note_busy(cell& c) noexcept {
  extras& x = *c.extra;
  if (!x.is_coroutine) x.active = nullptr;
  if (c.state != cell_state::ready) return;
  c.busy = x.is_coroutine ? x.receiver == nullptr : x.frames && !c.kind->reentrant;
}

void unlink_frame(root_frame& f) noexcept {
  *f.link = f.next;
  if (f.next) f.next->link = f.link;
}

void body_finished(cell& c, root_frame& f) {
  exit_reason why;
  if (f.error) why = {exit_reason::cause::error, 0, 0, failure_of(f.error).text};
  f.self.destroy();
  end_actor(c, std::move(why));
}
void handler_finished(cell& c, root_frame& f) {
  const std::exception_ptr error = f.error;
  f.self.destroy();
  note_activity(c);
  arm(c, idle_deadline(c));
  if (error) end_actor(c, {exit_reason::cause::error, 0, 0, failure_of(error).text});
}

}  // namespace

/// One wake-up per actor is under way, for its earliest deadline or an earlier one that has passed by.
void arm(cell& c, std::int64_t deadline) {
  extras& x = *c.extra;
  if (deadline == 0 || (x.timer_armed != 0 && x.timer_armed <= deadline)) return;
  disarm(c);  // a later one would outlive its purpose
  x.timer = start_timer(*c.system.load(std::memory_order_relaxed), deadline, c.self(),
                        envelope_ptr(make_bare_envelope(envelope_kind::wake)));
  x.timer_armed = deadline;
}

void disarm(cell& c) noexcept {
  extras& x = *c.extra;
  if (x.timer_armed == 0) return;
  cancel_timer(*c.system.load(std::memory_order_relaxed), x.timer);
  x.timer_armed = 0;
}

void add_frame(cell& c, root_frame& f) {
  extras& x = extras_of(c);
  f.next = x.frames;
  f.link = &x.frames;
  if (f.next) f.next->link = &f.next;
  x.frames = &f;
  x.active = &f;
}

void add_wait(cell& c, wait_node& w) {
  extras& x = extras_of(c);
  w.id = ++x.last_id;
  w.root = x.active;
  x.waits.add(w);
  if (w.deadline != 0) arm(c, w.deadline);
}

std::int64_t ask_deadline(cell& c, std::int64_t timeout) {
  const std::int64_t own = timeout > 0 ? deadline_after(c, timeout) : 0;
  const root_frame* asker = extras_of(c).active;
  const std::int64_t inherited = asker && timeout >= 0 ? asker->deadline : 0;
  return own == 0 || (inherited != 0 && inherited < own) ? inherited : own;
}

namespace {
[[gnu::noinline]] void add_limited_ask(cell& c, wait_node& w, std::int64_t timeout) {
  w.deadline = ask_deadline(c, timeout);
  add_wait(c, w);
}
}  // namespace

/// Most asks have no deadline at all: a few stores, no call.
void add_ask(cell& c, wait_node& w, std::int64_t timeout) {
  extras* x = c.extra;
  if (timeout != 0 || !x || !x->active || x->active->deadline != 0) {
    add_limited_ask(c, w, timeout);
    return;
  }
  w.id = ++x->last_id;
  w.root = x->active;
  x->waits.add(w);
}

bool take_wait(cell& c, std::uint64_t id) noexcept { return c.extra->waits.take(id) != nullptr; }

void set_receiver(cell& c, receive_node& r) {
  extras& x = extras_of(c);
  assert(!x.receiver && "two receives at once in one actor");
  x.receiver = &r;
  if (r.deadline == receive_node::after_mail) {
    post_marker(c, r);
  } else {
    arm(c, r.deadline);
  }
}

void run_frames(cell& c) {
  extras& x = *c.extra;
  while (auto next = std::exchange(x.resume_next, {})) {
    next.resume();
    if (root_frame* done = std::exchange(x.done, nullptr)) {
      unlink_frame(*done);
      done->finished(c, *done);
      if (!c.extra) return;  // the actor has ended, and with it `x`
    }
  }
  note_busy(c);
}

bool complete_wait(cell& c, std::uint64_t id, envelope* answer) {
  wait_node* w = c.extra ? c.extra->waits.take(id) : nullptr;
  if (!w) return false;
  c.current = nullptr;  // whoever goes on now does so without a message at hand
  w->complete(*w, answer);
  c.extra->active = w->root;
  resume_later(c, w->waiter);
  run_frames(c);
  return true;
}

void withdraw_ask(cell& c, const wait_node& w) noexcept {
  if (w.what != awaited::reply || !w.whom.home) return;
  envelope* e = make_bare_envelope(envelope_kind::cancel);
  correlation_of(*e) = {w.id, c.self(), 0};
  post_system(w.whom, e);
}

void end_waits(cell& c) noexcept {
  c.extra->waits.for_each([&](const wait_node& w) { withdraw_ask(c, w); });
  c.extra->waits.clear();
}

void fire_deadlines(cell& c) {
  if (!c.extra) return;
  const std::int64_t present = now(*c.system.load(std::memory_order_relaxed));
  if (c.extra->timer_armed <= present)
    c.extra->timer_armed = 0;  // else an older wake-up comes late
  for (;;) {
    if (!c.extra) return;  // a coroutine has gone on and ended the actor
    extras& x = *c.extra;
    const wait_node* first = x.waits.earliest();
    if (first && first->deadline <= present) {
      // An actor here knows the deadline; a link learns that its peer does not owe the answer.
      if (is_remote(first->whom)) withdraw_ask(c, *first);
      complete_wait(c, first->id, nullptr);
      continue;
    }
    std::int64_t earliest = first ? first->deadline : 0;
    if (x.receiver && x.receiver->deadline > receive_node::after_mail) {
      if (x.receiver->deadline <= present) {
        if (has_mail(c)) {
          post_marker(c, *x.receiver);  // what came in time is received, however late we are
        } else {
          time_out(c);
        }
        continue;
      }
      if (earliest == 0 || x.receiver->deadline < earliest) earliest = x.receiver->deadline;
    }
    const std::int64_t idle = check_idle(c, present);
    if (idle != 0 && (earliest == 0 || idle < earliest)) earliest = idle;
    arm(c, earliest);
    return;
  }
}

void mail_offered(cell& c, std::uint64_t marker) {
  if (forget_withdrawn(c, marker)) return;
  if (c.extra && c.extra->receiver && c.extra->receiver->marker == marker) time_out(c);
}

// Mail ------------------------------------------------------------------------------------------

namespace {

void stash(cell& c, envelope& e) {
  extras& x = extras_of(c);
  envelope* kept = moved_out(e);
  if (x.stash_first) {
    x.stash_last->next.store(kept, std::memory_order_relaxed);
  } else {
    x.stash_first = kept;
  }
  x.stash_last = kept;
}

}  // namespace

envelope* moved_out(envelope& e) {
  envelope* kept =
      allocate_envelope(e.kind, e.type ? e.type->bytes : 0, e.type ? e.type->alignment : 1);
  if (!is_small(e)) routing_of(*kept) = routing_of(e);
  kept->generation = e.generation;
  kept->flags = e.flags;
  if (is_correlated(e.kind)) correlation_of(*kept) = correlation_of(e);
  if (e.type) e.type->relocate(kept->payload(), e.payload());
  kept->type = std::exchange(e.type, nullptr);
  return kept;
}

void offer_mail(cell& c, envelope& e) {
  extras& x = *c.extra;
  if (receive_node* r = x.receiver; r && r->offer(*r, c, e)) {
    destroy_payload(e);
    x.receiver = nullptr;
    resume_later(c, r->waiter);
    run_frames(c);
  } else {
    stash(c, e);
  }
}

bool receive_now(cell& c, receive_node& r) {
  extras& x = *c.extra;
  envelope* before = nullptr;
  for (envelope* e = x.stash_first; e;) {
    auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    c.current = e;
    const bool over = e->kind == envelope_kind::ask && is_withdrawn(c, *e);
    if (over || r.offer(r, c, *e)) {
      if (before) {
        before->next.store(next, std::memory_order_relaxed);
      } else {
        x.stash_first = next;
      }
      if (x.stash_last == e) x.stash_last = before;
      if (over) drop_withdrawn(c, *e);
      drop_envelope(e);
      if (!over) return true;
    } else {
      before = e;
    }
    e = next;
  }
  c.current = nullptr;
  return false;
}

void drop_stash(cell& c, const exit_reason& why) noexcept {
  extras& x = *c.extra;
  while (envelope* e = x.stash_first) {
    x.stash_first = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    refuse(c, *e, why);
    free_envelope(e);
  }
}

void receive_coroutine(cell& c, envelope& e) { offer_mail(c, e); }

void destroy_coroutine(cell&) noexcept {}  // its frame goes with the others

void start_body(cell& c, behavior body) {
  root_frame& f = body.frame();
  f.finished = &body_finished;
  add_frame(c, f);
  c.extra->is_coroutine = true;
  c.busy = true;
  resume_later(c, f.self);
}

void start_handler(cell& c, behavior handler) {
  root_frame& f = handler.frame();
  f.finished = &handler_finished;
  add_frame(c, f);
  resume_later(c, f.self);
  run_frames(c);
}

void destroy_frames(cell& c) noexcept {
  extras& x = *c.extra;
  end_waits(c);
  x.receiver = nullptr;
  x.active = nullptr;
  x.resume_next = {};
  while (root_frame* f = x.frames) {
    unlink_frame(*f);
    f->self.destroy();
  }
}

}  // namespace troupe::detail
