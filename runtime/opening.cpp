// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/detail/urgency.hpp>

#include "aside.hpp"
#include "near.hpp"
#include "own_thread.hpp"
#include "turn.hpp"

/// From a vacant cell to an actor that can be found: the first transition of lifecycle.cpp.
namespace troupe::detail {
namespace {

thread_local cell* opening_here = nullptr;

/// Of a cell whose actor's constructor has thrown: there is no body.
constinit const actor_class unborn{
    .name = {}, .receive = &unexpected, .destroy = [](cell&) noexcept {}};

void link_child(cell& owner, cell& child) {
  extras& x = extras_of(owner);
  child.older_sibling = x.youngest_child;
  child.younger_sibling = nullptr;
  if (x.youngest_child) x.youngest_child->younger_sibling = &child;
  x.youngest_child = &child;
}
cell& open_cell(system_core& system, const actor_class& kind, cell* owner,
                const mailbox_bounds& bounds) {
  check_bounds(bounds);
  cell& c = take_cell(system, kind.raw);
  set_bounds(c, bounds);
  c.aside = 0;
  c.route = &c;
  c.kind = &kind;
  c.body = nullptr;
  c.current = nullptr;
  c.state = cell_state::ready;
  c.busy = c.ending = false;
  c.node_id = system.node_id;
  c.serial.store(system.opened.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
  c.owner.store(owner, std::memory_order_relaxed);
  c.system.store(&system, std::memory_order_release);
  c.generation.fetch_add(1, std::memory_order_seq_cst);  // against `closing`: see publish()
  return c;
}

/// \param apart  it runs on a thread of its own; not in a system that has no threads
cell& open_actor(system_core& system, const actor_class& kind, cell* owner,
                 const mailbox_bounds& bounds, bool apart) {
  if (!apart || system.single_thread) return open_cell(system, kind, owner, bounds);
  own_thread& thread = own_thread::start(system);
  try {
    cell& c = open_cell(system, kind, owner, bounds);
    c.runner = runner_of(thread);
    return c;
  } catch (...) {
    thread.end();
    throw;
  }
}

}  // namespace

cell& cell_being_opened() noexcept {
  if (opening_here) return *opening_here;
  assert(running_cell() && "actors are made by spawn, not by hand");
  return *running_cell();
}

opening::opening(system_core& system, const actor_class& kind, cell* owner,
                 const spawn_options* chosen)
    : outer_(opening_here) {
  refuse_if_forked(system);
  // Count first, then look, both seq_cst: shutdown() either waits for this actor or is seen here.
  system.live.fetch_add(1, std::memory_order_seq_cst);
  try {
    if (system.closing.load(std::memory_order_seq_cst)) {
      throw cancelled_error(
          {errc::cancelled, "the actor system is shutting down: nothing can be spawned", {}});
    }
    cell_ =
        &open_actor(system, kind, owner, chosen && chosen->bounds ? *chosen->bounds : kind.bounds,
                    kind.own_thread || (chosen && chosen->own_thread));
  } catch (...) {
    count_end(system);
    throw;
  }
  if (kind.urgent || (chosen && chosen->priority == urgent)) be_urgent(*cell_);
  if (owner) link_child(*owner, *cell_);
  opening_here = cell_;
}

address opening::publish() noexcept {
  cell& c = *std::exchange(cell_, nullptr);
  opening_here = outer_;
  const address where = c.self();
  open_near_lane(c, sole_worker_mark_in(*c.system.load(std::memory_order_relaxed)));
  // shutdown() may have looked for actors before this one had opened: then it stops itself.
  if (!c.owner.load(std::memory_order_relaxed) &&
      c.system.load(std::memory_order_relaxed)->closing.load(std::memory_order_seq_cst)) {
    stop_self(c);
  }
  // A turn finds out whether there is anything to do yet: a body to start, mail for `this` sent by
  // the constructor.
  if ((c.extra && c.extra->resume_next) || !c.set_idle() ||
      (c.system_lane.load(std::memory_order_seq_cst) != 0 && c.claim())) {
    schedule(c);
  }
  return where;
}

opening::~opening() {
  if (!cell_) return;
  opening_here = outer_;  // the constructor of the actor threw
  cell& c = *cell_;
  // It may have children already, and be known to others: it ends like any other actor.
  if (!c.body) c.kind = &unborn;
  end_actor(c, {exit_reason::cause::error, 0, 0, "its constructor threw"});
  schedule(c);
}

cell& open_raw_cell(system_core& system, const actor_class& kind, void* body, std::uint64_t node_id,
                    bool blocked) {
  cell& c = open_cell(system, kind, nullptr, unbounded);
  c.body = body;
  c.node_id = node_id;
  c.busy = blocked;
  if (!c.set_idle()) schedule(c);
  return c;
}

}  // namespace troupe::detail
