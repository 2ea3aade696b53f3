// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/actor_ref.hpp>
#include <troupe/detail/system_core.hpp>

#include "cell_arena.hpp"
#include "turn.hpp"

/// The life of a tenant, transition by transition:
///
///   vacant --open()--> ready --end_actor()--> stopping --last child ended--> settle() --> vacant
///                        \__________________ no children ____________________/
///
/// settle(), in this order: 1. waiting coroutines end, newest first; 2. the body ends; 3. the
/// generation moves on, so no later mail is ours; 4. mail that is left is refused with the reason;
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
  c.generation.fetch_add(1, std::memory_order_release);
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
      handle_lifecycle(c, *e);
    } else {
      refuse(c, *e, gone());
    }
    drop_envelope(e);
    e = next;
  }
}

void settle(cell& c) noexcept {
  if (c.has_system()) hear_last_watchers(c);
  extras* x = c.extra;
  const address self = c.self();
  const exit_reason why = x && x->ending ? *x->ending : exit_reason{};
  const exit_reason* outer = std::exchange(settling_reason(), &why);
  if (x) {
    for (const watched& w : x->watching) stop_watching(c, w);
    destroy_frames(c);
    disarm(c);
  }
  c.kind->destroy(c);
  settling_reason() = outer;
  const std::string_view name = c.kind->name;
  vacate(c);
  while (envelope* e = c.pop()) refuse(c, *e, why);
  if (!x) return;
  drop_stash(c, why);
  const down news{actor_ref<>::at(self), why, std::string(name), 0};
  for (const watcher& w : x->watchers) tell_watcher(c, w, news);
  c.extra = nullptr;
  x->~extras();
  free_bytes(x, sizeof(extras));
}

void stop_youngest(cell& c) noexcept {
  cell& child = *c.extra->youngest_child;
  const bool kill = c.extra->killing;
  envelope* e = make_bare_envelope(kill ? envelope_kind::kill : envelope_kind::stop);
  e->flags = 1;  // because its owner ends
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
  cell_arena::give_back(child);
  if (c.state != cell_state::stopping) return;
  if (c.extra->youngest_child) {
    stop_youngest(c);
  } else {
    settle(c);
  }
}

}  // namespace

void end_actor(cell& c, exit_reason why, bool kill) noexcept {
  if (c.state == cell_state::vacant) return;
  const bool first = c.state == cell_state::ready;
  if (c.extra || !why.is_normal()) {
    extras& x = extras_of(c);
    const bool harder = kill && !x.killing;
    if (first || harder) x.ending = std::move(why);
    x.killing |= kill;
    x.waits = nullptr;  // nothing resumes any more
    x.receiver = nullptr;
    x.resume_next = {};
    if (x.youngest_child) {
      c.state = cell_state::stopping;
      c.busy = true;
      if (first || harder) stop_youngest(c);
      return;
    }
  }
  settle(c);
}

void give_up_cell(cell& c, bool to_owner) noexcept {
  system_core& system = *c.system.load(std::memory_order_relaxed);
  if (to_owner) {
    cell& owner = *c.owner.load(std::memory_order_relaxed);
    envelope* e = make_bare_envelope(envelope_kind::child_ended);
    correlation_of(*e).from = {&c, c.slot, 0};
    post_system(owner.self(), e);
  } else {
    cell_arena::give_back(c);
  }
  count_end(system);
}

void handle_lifecycle(cell& c, envelope& e) {
  using cause = exit_reason::cause;
  switch (e.kind) {
    case envelope_kind::stop:
      end_actor(c, {e.flags & 1 ? cause::owner_ended : cause::normal, 0, 0, {}});
      break;
    case envelope_kind::kill:
      end_actor(c, {e.flags & 1 ? cause::owner_ended : cause::killed, 0, 0, {}}, true);
      break;
    case envelope_kind::down: handle_down(c, e); break;
    case envelope_kind::monitor: {
      const correlation& asked = correlation_of(e);
      extras_of(c).watchers.push_back({asked.from, asked.id, (e.flags & 1) != 0});
      break;
    }
    case envelope_kind::demonitor: {
      if (!c.extra) break;
      const correlation& asked = correlation_of(e);
      std::erase_if(c.extra->watchers,
                    [&](const watcher& w) { return w.id == asked.id && w.who == asked.from; });
      break;
    }
    case envelope_kind::child_ended: child_ended(c, *correlation_of(e).from.home); break;
    case envelope_kind::wake: mail_offered(c, id_of(e)); break;
    default: break;
  }
}

}  // namespace troupe::detail
