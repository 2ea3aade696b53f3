// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/wait_report.hpp>

#include <troupe/detail/cancellation.hpp>
#include <troupe/detail/dispatch.hpp>
#include <troupe/detail/system_core.hpp>

#include "aside.hpp"
#include "turn.hpp"

/// What a search for deadlocks asks of actors that do not listen: see deadlock_watch.
namespace troupe::detail {
namespace {

constexpr std::size_t looked_through_max = 1000;

const wait_node* sole_wait(const cell& c) {
  const extras* x = c.extra;
  if (c.state != cell_state::ready || !c.busy || !x || x->receiver || x->waits.count() != 1)
    return nullptr;
  const wait_node* w = x->waits.some(1).front();
  const bool counts = w->what == awaited::reply || w->what == awaited::end;
  return counts && w->deadline == 0 ? w : nullptr;
}

/// Whether the question is among some envelopes, the next of which `next` gives.
template <class Next>
bool is_among(const envelope* e, const correlation& question, std::size_t& budget, Next next) {
  for (; e && budget != 0; e = next(e), --budget) {
    if (e->kind == envelope_kind::ask && same_question{}(correlation_of(*e), question)) return true;
  }
  return false;
}

bool is_in_mailbox(const cell& c, const correlation& question) {
  std::size_t budget = looked_through_max;
  const auto along = [](const queue_node* n) {
    return static_cast<const envelope*>(n->next.load(std::memory_order_acquire));
  };
  if (is_among(along(c.tail), question, budget, along)) return true;
  const auto listed = [&](const envelope_list& all) {
    return is_among(all.first(), question, budget, [&](const envelope* e) { return all.next(e); });
  };
  if (listed(c.near)) return true;
  const extras* x = c.extra;
  return x && (is_among(x->stash_first, question, budget, along) || listed(x->urgent) ||
               listed(x->parked));
}

bool owes(const cell& c, const correlation& question) {
  return (c.extra && frame_working_on(*c.extra, question)) || is_in_mailbox(c, question);
}

wait_report report(cell& c, const messages::wait_of& m) {
  wait_report r;
  r.name = c.kind->name;
  r.process = c.system.load(std::memory_order_relaxed)->options.name;
  r.gives_out = c.kind->gives_out;
  if (m.question != 0) r.owes = owes(c, {m.question, m.asker.where(), 0});
  if (const wait_node* w = sole_wait(c)) {
    r.stands_still = true;
    r.what = w->what;
    r.whom = actor_ref<>::at(w->whom);
    r.id = w->id;
  }
  return r;
}

bool end_wait(cell& c, messages::end_wait& m) {
  const wait_node* w = sole_wait(c);
  if (!w || w->id != m.id || w->what != awaited::reply) return false;
  withdraw_ask(c, *w);
  const envelope_ptr answer(
      make_envelope(envelope_kind::failure, failure{errc::deadlock, std::move(m.text), {}}));
  return complete_wait(c, m.id, answer.get());
}

template <class Reply>
void give(const envelope& e, Reply reply) {
  answer(correlation_of(e), make_envelope(envelope_kind::reply, std::move(reply)));
}

}  // namespace

bool answer_for(cell& c, envelope& e) {
  if (e.kind != envelope_kind::ask) return false;
  if (e.type == &message_type_of<messages::wait_of>) {
    forget_urgent(c, e);
    give(e, report(c, e.as<messages::wait_of>()));
  } else if (e.type == &message_type_of<messages::end_wait>) {
    forget_urgent(c, e);
    give(e, end_wait(c, e.as<messages::end_wait>()));
  } else {
    return false;
  }
  return true;
}

namespace {
// Both sides of a link must know them, though nobody names them in a protocol.
[[maybe_unused]] const bool registered =
    (ensure_registered<messages::wait_of>(), ensure_registered<wait_report>(),
     ensure_registered<messages::end_wait>(), ensure_registered<bool>(), true);
}  // namespace

}  // namespace troupe::detail
