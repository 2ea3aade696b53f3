// SPDX-License-Identifier: BSD-3-Clause
#include <cassert>
#include <troupe/detail/cancellation.hpp>
#include <troupe/detail/urgency.hpp>

#include "turn.hpp"

/// A reason travels as an envelope in the system lane, so that only the consumer counts, and what was
/// meant for a former tenant counts for nobody. What senders see of it is one bit beside `runner`.
namespace troupe::detail {
namespace {

constexpr std::uint8_t more_flag = 1;

void post_urgency(const address& whom, const correlation& question, bool more) {
  envelope* e = make_bare_envelope(envelope_kind::urgency);
  correlation_of(*e) = question;
  e->flags = more ? more_flag : 0;
  post_system(whom, e);
}

/// Of the one who asks, for whoever it waits for: that one may hold up others for its sake.
void tell_asked(cell& c, bool urgent) {
  for (const wait_node* w : c.extra->waits.some(c.extra->waits.count())) {
    if (w->what != awaited::reply || !w->whom.home || is_remote(w->whom)) continue;
    post_urgency(w->whom, {w->id, c.self(), 0}, urgent);
  }
}

void count_reason(cell& c, bool more) {
  std::uint32_t& reasons = seldom_of(c).urgencies;
  assert(more || reasons > 0);
  reasons += more ? 1 : -1;
  const bool urgent = reasons != 0;
  if (urgent == ((c.runner & cell::urgent_bit) != 0)) return;
  c.runner = c.runner ^ cell::urgent_bit;
  tell_asked(c, urgent);
}

/// At once, as with withdrawals: see tell_news() there.
void tell_news(cell& c, const correlation& question, bool urgent) {
  if (!c.extra || !c.extra->seldom || !c.extra->seldom->hears_urgency) return;
  envelope_ptr e(
      make_envelope(envelope_kind::tell, urgency_news{question.from, question.id, urgent}));
  if (c.busy) {
    post(c.self(), e.release());
  } else {
    c.current = nullptr;
    c.kind->receive(c, *e);
  }
}

}  // namespace

bool is_urgent_actor(const address& whom) noexcept {
  return whom.home && whom.home->runner & cell::urgent_bit && !is_remote(whom) &&
         whom.home->generation.load(std::memory_order_relaxed) == whom.generation;
}

void add_urgency(const address& whom, bool more) {
  if (whom.home && !is_remote(whom)) post_urgency(whom, {}, more);
}

void hear_of_urgency(cell& c) { seldom_of(c).hears_urgency = true; }

void be_urgent(cell& c) {
  ++seldom_of(c).urgencies;
  c.runner = c.runner | cell::urgent_bit;
}

void urgency_changed(cell& c, const envelope& e) {
  const correlation& said = correlation_of(e);
  const bool more = (e.flags & more_flag) != 0;
  if (said.id != 0) {
    tell_news(c, said, more);
  } else {
    count_reason(c, more);
  }
}

}  // namespace troupe::detail
