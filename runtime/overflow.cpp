// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <stdexcept>
#include <troupe/dead_letter.hpp>
#include <troupe/detail/core.hpp>
#include <troupe/detail/extras.hpp>
#include <troupe/detail/system_core.hpp>

#include "aside.hpp"
#include "sliding_buffer.hpp"
#include "turn.hpp"

/// What happens at the bound of a mailbox: a message is dropped, handed back, or waits for room at its
/// receiver; and how urgent mail goes round the mailbox.
namespace troupe::detail {
namespace {

constexpr std::uint8_t urgent_flag = 4;  // in envelope::flags: counted in cell::urgent

failure full_failure(cell& c) {
  return {errc::mailbox_full,
          "the mailbox of " + std::string(c.kind->name) + " is full (" +
              std::to_string(c.capacity) + " messages)",
          {}};
}

/// Whoever chose a bound that drops, or listens, knows; the others learn of the first time.
void warn_once(system_core& system, cell& c, const envelope& e) noexcept {
  if (c.at_bound != overflow::suspend || system.dead_letter_listener) return;
  if (!system.says(log_level::warning)) return;
  if (system.warned_full.exchange(true, std::memory_order_relaxed)) return;
  std::fprintf(
      stderr,
      "troupe: the mailbox of %.*s is full (%u messages), so a %.*s that was told is lost, "
      "and perhaps more: use `co_await ref.send(m)`, or choose mailbox_bounds\n",
      static_cast<int>(c.kind->name.size()), c.kind->name.data(), static_cast<unsigned>(c.capacity),
      static_cast<int>(e.type ? e.type->name.size() : 0), e.type ? e.type->name.data() : "");
}

void warn_once(system_core& system, const envelope& e) noexcept {
  if (system.dead_letter_listener || !system.says(log_level::warning)) return;
  if (system.warned_full.exchange(true, std::memory_order_relaxed)) return;
  std::fprintf(stderr,
               "troupe: another process does not keep up, so a %.*s that was told is lost, and "
               "perhaps more: use `co_await ref.send(m)`\n",
               static_cast<int>(e.type ? e.type->name.size() : 0),
               e.type ? e.type->name.data() : "");
}

void drop(cell& c, envelope* e, drop_reason why) noexcept {
  system_core* system = c.system.load(std::memory_order_acquire);
  dead_letter(c, *e, why);
  if (system && why == drop_reason::mailbox_full) {
    c.kind->raw ? warn_once(*system, *e) : warn_once(*system, c, *e);
  }
  if (e->kind == envelope_kind::ask) answer_failure(correlation_of(*e), full_failure(c));
  drop_envelope(e);
}

/// Counts exactly. \return false: there is no room
bool push_if_room(cell& c, envelope* e) noexcept {
  e->next.store(nullptr, std::memory_order_relaxed);
  std::uint64_t before = c.head.load(std::memory_order_relaxed);
  const std::uint32_t capacity = c.capacity;
  do {
    if (capacity != 0 && (c.queueing || c.depth(before) >= capacity)) return false;
  } while (!c.head.compare_exchange_weak(before, cell::with_last(before, e, 1),
                                         std::memory_order_acq_rel, std::memory_order_relaxed));
  c.move_limit();  // may undo a newer one of the consumer's: then we meet here again
  if (c.link_after(before, e)) schedule(c);
  return true;
}

void slide(cell& c, sliding_buffer& buffer, envelope* e) noexcept {
  envelope* dropped = nullptr;
  if (buffer.push(e, c.capacity, dropped)) {
    if (c.push(make_bare_envelope(envelope_kind::slide))) schedule(c);
  }
  if (dropped) drop(c, dropped, drop_reason::overtaken);
}

/// Null if this tenant has none, or a former one had it and this sender does not know better.
sliding_buffer* sliding_buffer_of(cell& c) noexcept {
  return c.at_bound == overflow::drop_oldest ? c.sliding.load(std::memory_order_acquire) : nullptr;
}

/// What does not fit is dropped if the bound says so; else it stays with the caller.
posted offer(cell& c, envelope* e) noexcept {
  if (sliding_buffer* buffer = sliding_buffer_of(c)) {
    slide(c, *buffer, e);
    return posted::accepted;
  }
  if (push_if_room(c, e)) return posted::accepted;
  if (c.at_bound != overflow::drop_newest) return posted::full;
  drop(c, e, drop_reason::mailbox_full);
  return posted::accepted;
}

/// \return false: there is as much urgent mail as mail may be
bool push_urgent(cell& c, envelope* e) noexcept {
  const std::uint32_t capacity = c.capacity;
  const std::uint32_t before = c.urgent.fetch_add(1, std::memory_order_relaxed);
  if (capacity != 0 && before >= capacity) {
    c.urgent.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  e->flags |= urgent_flag;
  if (c.push_system(e)) schedule(c);
  return true;
}

bool is_urgent_mail(const envelope& e) noexcept { return e.type && e.type->urgent; }

}  // namespace

void cell::move_limit() noexcept {
  std::uint64_t room = capacity == 0 ? mailbox_messages_max : capacity;
  // Never any at first sight.
  if (at_bound == overflow::drop_oldest || queueing) room = -(std::uint64_t{1} << 19);
  limit.store((taken + room) << count_shift, std::memory_order_relaxed);
}

void set_queueing(cell& c, bool queueing) noexcept {
  c.queueing = queueing;
  c.move_limit();
}

void check_bounds(const mailbox_bounds& bounds) {
  if (bounds.messages > mailbox_messages_max) {
    throw std::invalid_argument("mailbox_bounds.messages is " + std::to_string(bounds.messages) +
                                "; at most " + std::to_string(mailbox_messages_max) +
                                " are possible, or `unbounded`");
  }
}

void set_bounds(cell& c, const mailbox_bounds& bounds) {
  const bool slides = bounds.at_bound == overflow::drop_oldest && bounds.messages != 0;
  if (slides && !c.sliding.load(std::memory_order_relaxed)) {
    c.sliding.store(new sliding_buffer, std::memory_order_release);  // the cell keeps it for ever
  }
  // Late mail for the former tenant stays counted, so that depth() goes on to be right.
  std::uint64_t before = c.head.load(std::memory_order_relaxed);
  std::uint64_t after = 0;
  do {
    after = (before & ~cell::count_mask) | std::uint64_t{c.depth(before)} << cell::count_shift;
  } while (!c.head.compare_exchange_weak(before, after, std::memory_order_acq_rel));
  c.taken = 0;
  c.near_taken = 0;
  c.capacity = bounds.messages;
  c.queueing = false;
  c.at_bound = slides                                     ? overflow::drop_oldest
               : bounds.at_bound == overflow::drop_oldest ? overflow::suspend
                                                          : bounds.at_bound;
  c.move_limit();
}

// Senders ---------------------------------------------------------------------------------------

namespace {

/// Who asks waits for the answer anyway, so only tells are refused.
bool link_admits(cell& link, envelope*& e, bool insists) noexcept {
  return !link.queueing || e->kind != envelope_kind::tell || !link.kind->admit ||
         link.kind->admit(link, e, insists);
}

void overflowed_link(cell& link, envelope* e) noexcept {
  if (!link_admits(link, e, true)) {
    drop(link, e, drop_reason::mailbox_full);
  } else if (link.push(e)) {
    schedule(link);
  }
}

}  // namespace

void overflowed(cell& c, envelope* e) noexcept {
  if (c.kind->raw) {
    overflowed_link(c, e);
    return;
  }
  if (offer(c, e) == posted::accepted) return;
  if (e->kind == envelope_kind::ask && c.at_bound == overflow::suspend) {
    if (c.push_system(e)) schedule(c);  // it waits there for room
  } else {
    drop(c, e, drop_reason::mailbox_full);
  }
}

void post_urgent(const address& to, envelope* e) noexcept {
  cell* route = direct(to, e);
  if (!route) return;
  if (route->kind->raw) {
    overflowed_link(*route, e);
  } else if (!push_urgent(*route, e)) {
    drop(*route, e, drop_reason::mailbox_full);
  }
}

posted try_post(const address& to, envelope* e) noexcept {
  cell& home = *to.home;
  cell& route = *home.route;
  const bool here = &route == &home && !home.kind->raw;
  if (here && home.generation.load(std::memory_order_relaxed) != to.generation) return posted::gone;
  e->generation = to.generation;
  if (!here) {
    routing_of(*e) = {to.slot, &route == &home ? 0 : home.slot};
    if (!link_admits(route, e, false)) return posted::full;
    if (route.push(e)) schedule(route);
    return posted::accepted;
  }
  if (is_urgent_mail(*e)) return push_urgent(route, e) ? posted::accepted : posted::full;
  return offer(route, e);
}

void post(const address& to, envelope* e) noexcept {
  cell* route = direct(to, e);
  if (!route) return;
  if (sliding_buffer* buffer = sliding_buffer_of(*route)) {
    slide(*route, *buffer, e);
  } else if (route->push(e)) {
    schedule(*route);
  }
}

void post_chain(cell& home, envelope* first, envelope* last, std::uint64_t n) noexcept {
  const std::uint64_t word = home.head.load(std::memory_order_relaxed);
  if (!sliding_buffer_of(home) && !home.queueing &&
      (home.capacity == 0 || home.depth(word) + n <= home.capacity)) {
    if (home.push_chain(first, last, n)) schedule(home);
    return;
  }
  for (envelope* e = first; e;) {
    auto* next =
        e == last ? nullptr : static_cast<envelope*>(e->next.load(std::memory_order_relaxed));
    overflowed(home, e);
    e = next;
  }
}

void deliver(const address& to, envelope* e) noexcept {
  if (e->kind > envelope_kind::slide) {
    post_system(to, e);
  } else if (!is_mail(e->kind)) {
    post(to, e);
  } else if (is_urgent_mail(*e)) {
    post_urgent(to, e);
  } else {
    post_mail(to, e);
  }
}

// The consumer ----------------------------------------------------------------------------------

namespace {

bool has_room(const cell& c) noexcept {
  return c.capacity == 0 || c.depth(c.head.load(std::memory_order_relaxed)) < c.capacity;
}

/// A waiting sender's message enters the mailbox.
void admit(cell& c, envelope* e) noexcept {
  if (e->kind == envelope_kind::send) {
    const correlation sender = correlation_of(*e);
    if (sender.deadline != 0 && sender.deadline <= now(*c.system.load(std::memory_order_relaxed))) {
      drop(c, e, drop_reason::expired);  // the sender has been told so by its own clock
      return;
    }
    e->kind = envelope_kind::tell;
    c.push(e);
    answer(sender, make_bare_envelope(envelope_kind::reply));  // only now: it may send the next one
  } else {
    c.push(e);
  }
}

/// While senders wait, nobody else gets the room that becomes free.
void set_parked(cell& c, bool parked) noexcept {
  c.aside = static_cast<std::uint8_t>(parked ? c.aside | aside_parked : c.aside & ~aside_parked);
  set_queueing(c, parked);
}

void refuse_all(cell& c, envelope_list& list, const exit_reason& why) noexcept {
  while (envelope* e = list.pop_front()) {
    refuse(c, *e, why);
    free_envelope(e);
  }
}

}  // namespace

void forget_urgent(cell& c, envelope& e) noexcept {
  if (!is_mail(e.kind) || !(e.flags & urgent_flag)) return;  // other kinds have flags of their own
  e.flags &= static_cast<std::uint8_t>(~urgent_flag);
  c.urgent.fetch_sub(1, std::memory_order_relaxed);
}

void set_aside(cell& c, envelope* e) {
  extras& x = extras_of(c);
  if (e->flags & urgent_flag) {
    x.urgent.push_back(e);
    c.aside |= aside_urgent;
  } else if (x.parked.is_empty() && has_room(c)) {
    admit(c, e);
  } else if (e->kind == envelope_kind::send && c.at_bound != overflow::suspend) {
    answer_failure(correlation_of(*e), full_failure(c));
    drop(c, e, drop_reason::mailbox_full);
  } else {
    x.parked.push_back(e);
    set_parked(c, true);
  }
}

envelope* take_aside(cell& c) noexcept {
  if (c.aside & aside_urgent) {
    extras& x = *c.extra;
    envelope* e = x.urgent.pop_front();
    if (x.urgent.is_empty()) c.aside &= static_cast<std::uint8_t>(~aside_urgent);
    forget_urgent(c, *e);
    return e;
  }
  if (c.aside & aside_parked) {
    extras& x = *c.extra;
    while (!x.parked.is_empty() && has_room(c)) admit(c, x.parked.pop_front());
    if (x.parked.is_empty()) set_parked(c, false);
  }
  if (c.aside & aside_sliding) {
    if (envelope* e = c.sliding.load(std::memory_order_relaxed)->pop()) return e;
    c.aside &= static_cast<std::uint8_t>(~aside_sliding);
  }
  return nullptr;
}

void refuse_aside(cell& c, const exit_reason& why) noexcept {
  if (c.aside == 0) return;
  if (c.extra) {
    refuse_all(c, c.extra->urgent, why);
    refuse_all(c, c.extra->parked, why);
  }
  const bool slides = c.aside & aside_sliding;
  c.aside = 0;
  c.queueing = false;
  if (slides) refuse_slide(c, why);
}

void refuse_slide(cell& c, const exit_reason& why) noexcept {
  if (has_tenant(c)) {
    c.aside |= aside_sliding;  // among it may be mail for that one
    return;
  }
  sliding_buffer& buffer = *c.sliding.load(std::memory_order_relaxed);
  while (envelope* e = buffer.pop()) {
    refuse(c, *e, why);
    free_envelope(e);
  }
}

}  // namespace troupe::detail
