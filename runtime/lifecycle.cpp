// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/actor_ref.hpp>
#include <troupe/detail/supervised.hpp>
#include <troupe/detail/system_core.hpp>

#include "aside.hpp"
#include "near.hpp"
#include "own_thread.hpp"
#include "turn.hpp"

/// The life of a tenant, transition by transition:
///
///   vacant --open()--> ready --end_actor()--> stopping --last child ended--> settle() --> vacant
///                        \__________________ no children ____________________/
///
/// A supervised one, until its supervisor lets it go for good (an `end` or `leave` order), instead:
///
///   ready --end_actor()--> stopping --last child ended--> begin_rest() --> resting --begin--> ready
///                                                          ^  \__ end, leave __> settle() --> vacant
///                                                          |________ its constructor threw: as above
///
/// begin_rest() does steps 1 and 2 of settle(), tells those who are linked, and reports to the supervisor.
/// The generation stays, and with it the ref, the names, the monitors and the mail, which waits:
/// `busy` is set. No `down` is sent, since the actor that was monitored is not gone.
///
/// settle(), in this order: 1. waiting coroutines end, newest first; 2. the body ends; 3. the
/// generation moves on, so no later mail is ours, and its names are free; 4. mail that is left is refused with the reason;
/// 5. each watcher gets its one `down`, after everything this actor ever sent; 6. once the cell is
/// idle, the owner (or the system) takes it back.
namespace troupe::detail {

exit_reason gone() { return {exit_reason::cause::never_existed, 0, 0, {}}; }

namespace {

void unlink_child(cell& owner, cell& child) noexcept {
  if (child.younger_sibling) {
    child.younger_sibling->older_sibling = child.older_sibling;
  } else {
    owner.extra->youngest_child = child.older_sibling;
  }
  if (child.older_sibling) child.older_sibling->younger_sibling = child.younger_sibling;
}

void vacate(cell& c) noexcept {
  const address self = c.self();
  // seq_cst, then look for names: see name_registry::add().
  c.generation.fetch_add(1, std::memory_order_seq_cst);
  if (c.named.load(std::memory_order_seq_cst)) [[unlikely]] {
    c.system.load(std::memory_order_relaxed)->names.forget(self);
  }
  own_thread* thread = thread_of(c);
  c.runner = 0;  // late mail is refused elsewhere
  if (thread) [[unlikely]]
    thread->end();
  c.state = cell_state::vacant;
  c.busy = false;
  c.ending = true;
}

/// A monitor that was sent before the message that ended the actor hears the true reason, although
/// it came by the other lane.
void hear_last_watchers(cell& c) noexcept {
  for (envelope* e = c.take_system(); e;) {
    auto* next = static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    const bool is_ours = e->generation == c.generation.load(std::memory_order_relaxed);
    if (is_ours && (e->kind == envelope_kind::monitor || e->kind == envelope_kind::demonitor)) {
      destroy_payload(*e);  // a broken link would end us, but that we do already
      handle_lifecycle(c, *e);
    } else {
      refuse(c, *e, gone());
    }
    drop_envelope(e);
    e = next;
  }
}

}  // namespace

void end_body(cell& c, const exit_reason& why) noexcept {
  const exit_reason* outer = std::exchange(settling_reason(), &why);
  if (extras* x = c.extra) {
    for (const watched& w : x->watching.take_all()) stop_watching(c, w);
    settle_links(c, why);
    stop_all_work(c);
    destroy_frames(c);
    disarm(c);
    forget_stop(c);
  }
  // There is none if its constructor threw or while the actor rests. A coroutine went with the frames.
  if (c.body) c.kind->destroy(c);
  forget_work(c);
  settling_reason() = outer;
  if (why.what == exit_reason::cause::error && c.state != cell_state::resting) {
    c.system.load(std::memory_order_relaxed)->watch.count(*c.kind, {.errors = 1});
  }
}

void settle(cell& c) noexcept {
  if (c.has_system()) hear_last_watchers(c);
  extras* x = c.extra;
  const address self = c.self();
  const exit_reason why = x && x->ending ? *x->ending : exit_reason{};
  end_body(c, why);
  const std::string_view name = c.kind->name;
  c.system.load(std::memory_order_relaxed)
      ->watch.count(*c.kind, {.ended = 1, .handled = handled_by(c)});
  vacate(c);
  refuse_near(c, why);
  while (envelope* e = c.pop()) refuse(c, *e, why);
  refuse_aside(c, why);
  if (!x) return;
  drop_stash(c, why);
  refuse_near_system(c, why);
  const down news{actor_ref<>::at(self), why, std::string(name), 0};
  for (const watcher& w : x->watchers.all()) tell_watcher(c, w, news);
  c.extra = nullptr;
  x->~extras();
  free_bytes(x, sizeof(extras));
}

namespace {

/// The actor's children have ended.
void end_incarnation(cell& c) noexcept {
  if (c.extra && c.extra->ties && c.extra->ties->maker) {
    begin_rest(c);
  } else {
    settle(c);
  }
}

void stop_youngest(cell& c) noexcept {
  cell& child = *c.extra->youngest_child;
  const bool kill = c.extra->killing;
  if (c.extra->ties && c.extra->ties->supervises) {
    give_order(child.self(), kill ? supervision::leave_now : supervision::leave);
    return;
  }
  envelope* e = make_bare_envelope(kill ? envelope_kind::kill : envelope_kind::stop);
  e->flags = owner_ends_flag;
  const address to = child.self();
  if (kill) {
    post_system(to, e);
  } else {
    post(to, e);
  }
}

void child_ended(cell& c, cell& child) noexcept {
  unlink_child(c, child);
  child.owner.store(nullptr, std::memory_order_relaxed);
  if (c.state == cell_state::ready && c.kind->child_changed) {
    c.kind->child_changed(c, {child_change::what::gone, child.self()});
  }
  give_back_cell(*c.system.load(std::memory_order_relaxed), child);
  if (c.state != cell_state::stopping) return;
  if (c.extra->youngest_child) {
    stop_youngest(c);
  } else {
    end_incarnation(c);
  }
}

}  // namespace

void end_actor(cell& c, exit_reason why, bool kill) noexcept {
  if (c.state == cell_state::vacant || c.state == cell_state::resting) return;
  const bool first = c.state == cell_state::ready;
  if (c.extra || !why.is_normal()) {
    extras& x = extras_of(c);
    const bool harder = kill && !x.killing;
    if (first || harder) x.ending = std::make_unique<exit_reason>(std::move(why));
    x.killing |= kill;
    end_waits(c);  // nothing resumes any more
    x.receiver = nullptr;
    x.resume_next = {};
    if (x.youngest_child) {
      c.state = cell_state::stopping;
      c.busy = true;
      if (first || harder) stop_youngest(c);
      return;
    }
  }
  end_incarnation(c);
}

void give_up_cell(cell& c, bool to_owner) noexcept {
  system_core& system = *c.system.load(std::memory_order_relaxed);
  if (to_owner) {
    cell& owner = *c.owner.load(std::memory_order_relaxed);
    envelope* e = make_bare_envelope(envelope_kind::child_ended);
    correlation_of(*e).from = {&c, c.slot, 0};
    post_system(owner.self(), e);
  } else {
    give_back_cell(system, c);
  }
  count_end(system);
}

void handle_lifecycle(cell& c, envelope& e) {
  using cause = exit_reason::cause;
  switch (e.kind) {
    case envelope_kind::stop:
      if (!is_stop_wanted(c, e)) break;
      end_actor(c, {e.flags & owner_ends_flag ? cause::owner_ended : cause::normal, 0, 0, {}});
      break;
    case envelope_kind::kill:
      if (!is_stop_wanted(c, e)) break;
      if (e.type) {
        end_actor(c, std::move(e.as<exit_reason>()), true);  // see request_end_because()
        break;
      }
      end_actor(c, {e.flags & owner_ends_flag ? cause::owner_ended : cause::killed, 0, 0, {}},
                true);
      break;
    case envelope_kind::down: handle_down(c, e); break;
    case envelope_kind::monitor: {
      const correlation& asked = correlation_of(e);
      const bool linked = e.flags & (link_flag | link_answer_flag);
      extras_of(c).watchers.add({asked.from, asked.id, (e.flags & as_answer_flag) != 0, linked});
      if (linked) link_requested(c, e);
      break;
    }
    case envelope_kind::demonitor: {
      if (!c.extra) break;
      const correlation& asked = correlation_of(e);
      watcher gone;
      (void)c.extra->watchers.take(asked.id, asked.from, gone);
      link_taken_back(c, e);
      break;
    }
    case envelope_kind::child_ended: child_ended(c, *correlation_of(e).from.home); break;
    case envelope_kind::supervision: handle_supervision(c, e); break;
    case envelope_kind::wake: mail_offered(c, id_of(e)); break;
    case envelope_kind::mark: give_receipt(c.self(), e); break;
    case envelope_kind::slide: c.aside |= aside_sliding; break;
    case envelope_kind::inspect: answer_inspection(c, e); break;
    case envelope_kind::urgency: urgency_changed(c, e); break;
    case envelope_kind::cancel: question_withdrawn(c, correlation_of(e)); break;
    default: break;
  }
}

}  // namespace troupe::detail
