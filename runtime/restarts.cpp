// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/supervised.hpp>
#include <troupe/detail/system_core.hpp>

#include "turn.hpp"

/// The rest of a supervised actor: from the end of one body to the beginning of the next, in the same
/// cell and generation. Its ref, names, monitors and mail stay; see lifecycle.cpp for the transitions.
namespace troupe::detail {
namespace {

ties& ties_of(cell& c) {
  extras& x = extras_of(c);
  if (!x.ties) x.ties = std::make_unique<ties>();
  return *x.ties;
}

void report(cell& c, envelope* e, supervision news) noexcept {
  cell& owner = *c.owner.load(std::memory_order_relaxed);  // outlives its children
  e->flags = static_cast<std::uint8_t>(news);
  correlation_of(*e).from = c.self();
  post_system(owner.self(), e);
}

/// Links are between incarnations: they end with this one, whatever becomes of the actor.
void tell_linked(cell& c, const exit_reason& why) {
  const down news{actor_ref<>::at(c.self()), why, std::string(c.kind->name), 0};
  for (const watcher& w : c.extra->watchers.take_all()) {
    if (w.linked) {
      tell_watcher(c, w, news);
    } else {
      c.extra->watchers.add(w);
    }
  }
}

void begin_again(cell& c) noexcept {
  extras& x = *c.extra;
  x.ending.reset();
  c.state = cell_state::ready;
  c.busy = false;
  try {
    const std::shared_ptr<const body_maker> maker = x.ties->maker;
    maker->make(c);
  } catch (...) {
    end_actor(c, {exit_reason::cause::error, 0, 0,
                  "its constructor threw: " + failure_of(std::current_exception()).text});
    return;
  }
  report(c, make_bare_envelope(envelope_kind::supervision), supervision::begun);
  if (x.resume_next) run_frames(c);
}

void stop_in_time(cell& c, bool owner_ends) noexcept {
  if (ties* t = c.extra ? c.extra->ties.get() : nullptr) {
    t->stop_wanted = true;
    if (t->stop_nanoseconds <= 0) {
      end_actor(c, {exit_reason::cause::killed, 0, 0, {}}, true);
      return;
    }
    if (t->stop_nanoseconds != INT64_MAX && t->kill_timer == 0) {
      system_core& system = *c.system.load(std::memory_order_relaxed);
      envelope* kill = make_bare_envelope(envelope_kind::kill);
      kill->flags = if_wanted_flag;
      t->kill_timer = start_timer(system, later(now(system), t->stop_nanoseconds), c.self(),
                                  envelope_ptr(kill));
    }
  }
  envelope* e = make_bare_envelope(envelope_kind::stop);
  e->flags = if_wanted_flag | (owner_ends ? owner_ends_flag : 0);
  post(c.self(), e);
}

void obey(cell& c, supervision order) noexcept {
  ties* t = c.extra ? c.extra->ties.get() : nullptr;
  const bool resting = c.state == cell_state::resting;
  if (order == supervision::begin) {
    if (resting) begin_again(c);
    return;
  }
  if (t && order != supervision::rest) t->maker.reset();
  if (resting) {
    if (order != supervision::rest) settle(c);
  } else if (order == supervision::leave_now) {
    end_actor(c, {exit_reason::cause::owner_ended, 0, 0, {}}, true);
  } else {
    stop_in_time(c, order == supervision::leave);
  }
}

}  // namespace

bool is_stop_wanted(const cell& c, const envelope& e) noexcept {
  if (!(e.flags & if_wanted_flag)) return true;
  return !c.extra || !c.extra->ties || c.extra->ties->stop_wanted;
}

void forget_stop(cell& c) noexcept {
  if (!c.extra->ties) return;
  ties& t = *c.extra->ties;
  t.stop_wanted = false;
  if (const std::uint64_t timer = std::exchange(t.kill_timer, 0)) {
    cancel_timer(*c.system.load(std::memory_order_relaxed), timer);
  }
}

void begin_rest(cell& c) noexcept {
  extras& x = *c.extra;
  const exit_reason why = *x.ending;
  end_body(c, why);
  tell_linked(c, why);
  x.is_coroutine = x.killing = false;
  c.current = nullptr;
  c.state = cell_state::resting;
  c.busy = true;  // the mail waits for the next body
  report(c,
         make_envelope(envelope_kind::supervision,
                       down{actor_ref<>::at(c.self()), why, std::string(c.kind->name), 0}),
         supervision::rested);
}

void handle_supervision(cell& c, envelope& e) {
  const auto what = static_cast<supervision>(e.flags);
  if (what < supervision::rested) {
    obey(c, what);
  } else if (c.state == cell_state::ready && c.kind->child_changed) {
    child_change news{child_change::what::begun, correlation_of(e).from};
    if (what == supervision::rested) {
      news.happened = child_change::what::rested;
      news.why = std::move(e.as<down>().reason);
    }
    c.kind->child_changed(c, news);
  }
}

void give_order(const address& child, supervision order) noexcept {
  envelope* e = make_bare_envelope(envelope_kind::supervision);
  e->flags = static_cast<std::uint8_t>(order);
  post_system(child, e);
}

address spawn_supervised(cell& owner, std::shared_ptr<const body_maker> maker,
                         std::int64_t stop_nanoseconds, std::string_view name,
                         const spawn_options& chosen) {
  system_core& system = *owner.system.load(std::memory_order_relaxed);
  opening open(system, maker->kind(), &owner, &chosen);
  ties_of(owner).supervises = true;
  maker->make(open.home());
  if (!name.empty()) {
    const auto added = system.names.add(name, open.home().self(), maker->accepted());
    if (!added) throw_failure(added.error());
  }
  ties& t = ties_of(open.home());  // only now: one that has not begun does not rest, but ends
  t.maker = std::move(maker);
  t.stop_nanoseconds = stop_nanoseconds;
  return open.publish();
}

}  // namespace troupe::detail
