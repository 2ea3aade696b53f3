// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/dead_letter.hpp>

#include "encoded.hpp"
#include "nodes.hpp"
#include "peer.hpp"

/// How much mail may be on its way to a peer, and what waits here beyond that. Answers, monitors and
/// mail of others that passes through are not counted: those who ask, or send it here, have budgets.
namespace troupe::detail {
namespace {

constexpr std::size_t write_bytes = 64 * 1024;  // a turn writes early when it has this much
constexpr std::uint8_t counted_flag = 8;        // of a tell: in held_room, by its sender

bool is_counted(const envelope& e) noexcept {
  return e.kind == envelope_kind::tell && (e.flags & counted_flag);
}

}  // namespace

/// Only told mail is refused here: who asks or sends waits.
bool peer::admit(cell& c, envelope*& mail, bool insists) noexcept {
  if (passes_through(*mail)) return true;
  auto& self = *static_cast<peer*>(c.body);
  const flow_key whose = flow_of(*mail);
  if (!insists) return !self.held_.is_closed(whose);
  if (!self.held_.has_room(whose)) return false;
  try {
    if (self.held_.is_closed(whose) && mail->type && mail->type->destroy) {
      envelope* small = moved_to_wait(*mail);
      free_envelope(std::exchange(mail, small));
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  if (self.held_.count_if_closed(whose, memory_of(*mail))) mail->flags |= counted_flag;
  return true;
}

/// After what waits for the same actor.
void peer::send_in_turn(peer& way, envelope& e) {
  if ((e.kind > envelope_kind::down && e.kind != envelope_kind::send) ||
      (e.kind == envelope_kind::tell && e.flags & family_news_flag)) {
    way.append(e);
  } else if (!is_mail(e.kind) || passes_through(e)) {
    flow* f = waiting_.empty() ? nullptr : flows_.find(flow_of(e));
    if (f && !f->held.is_empty() && !passes_through(e)) {
      hold(*f, e);
    } else {
      way.append(e);
    }
  } else if (flow& f = flow_with_news(e); f.held.is_empty() && flows_.may_send(f) && !way.broken_) {
    send_within_budget(f, way, e);
  } else {
    hold(f, e);
  }
  if (way.outgoing_.size() >= write_bytes && !way.full_) way.flush();
}

/// That of this mail. If the budget is used up, what has been handled meanwhile counts.
flow& peer::flow_with_news(const envelope& e) {
  flow& f = flows_.of(flow_of(e));
  if (flows_.may_send(f)) [[likely]]
    return f;
  take_receipts();
  return flows_.of(flow_of(e));  // it may have been forgotten
}

void peer::take_receipts() {
  receipts_.empty(
      [this](const flow_key& whose, std::uint64_t so_far) { take_receipt(whose, so_far); });
}

/// Of what waits for room. As long as something does, the next receipt wakes us.
void peer::release_what_fits() {
  do {
    take_receipts();
    if (std::exchange(released_, false)) release_held(false);
  } while (!waiting_.empty() && !receipts_.await_next());
}

void peer::send_within_budget(flow& f, peer& way, envelope& e) {
  flows_.note_sent(f, way.append(e));
  if (flows_.wants_mark(f)) request_receipt(f);
  if (!flows_.is_tight()) {
    tight_ = false;
  } else if (!std::exchange(tight_, true)) {
    request_all_receipts();
  }
}

void peer::request_receipt(flow& f) {
  frame mark;
  mark.kind = frame_kind::mark;
  mark.slot = f.whose.slot;
  mark.generation = f.whose.generation;
  peer& direct = way_to(f.whose.gateway);
  peer& way = direct.settled_ ? *this : direct;
  if (f.whose.gateway != 0 && &way == this) {
    mark.flags = route_flag;
    mark.node = any_cell_at(f.whose.gateway)->node_id;
  }
  mark.id = f.marked = f.sent;
  mark.from = {owner_.system().node_id, 0, 0};
  finish_frame(way.outgoing_.tail(), begin_frame(way.outgoing_.tail(), mark));
}

void peer::request_all_receipts() {
  flows_.for_each([this](flow& f) {
    if (flows_.wants_mark(f)) request_receipt(f);
  });
}

void peer::take_receipt(const flow_key& whose, std::uint64_t so_far) {
  flow* f = flows_.find(whose);
  if (!f || !flows_.note_handled(*f, so_far)) return;
  released_ = true;
  if (flows_.wants_mark(*f)) request_receipt(*f);
  if (f->in_flight() == 0 && f->held.is_empty()) flows_.forget(*f);
}

void peer::hold(flow& f, envelope& e) {
  envelope* kept = moved_to_wait(e);
  if (f.held.is_empty()) waiting_.push_back(&f);
  f.held.push_back(kept);
  if (is_counted(*kept)) return;
  held_.count(f.whose, memory_of(*kept));
  if (!home_.queueing) set_queueing(home_, true);
}

envelope* peer::take_held(flow& f) {
  envelope* e = f.held.pop_front();
  if (e) {
    held_.give_back(f.whose, memory_of(*e));
    if (e->kind == envelope_kind::tell) e->flags &= static_cast<std::uint8_t>(~counted_flag);
  }
  if (f.held.is_empty()) {
    std::erase(waiting_, &f);
    held_.open(f.whose);
    if (waiting_.empty()) set_queueing(home_, false);
  }
  return e;
}

void peer::release(flow& f, bool all) {
  const peer& way = way_to(f.whose.gateway);
  while (!f.held.is_empty() && (all || (flows_.may_send(f) && !way.broken_))) {
    const envelope_ptr e(take_held(f));
    peer& its_way = way_of(*e);
    if (is_mail(e->kind)) {
      send_within_budget(f, its_way, *e);
    } else {
      its_way.append(*e);
    }
  }
}

/// Each that waits gets a share of what has become free. \param all  whatever the budget
void peer::release_held(bool all) {
  const std::vector<flow*> waiting = waiting_;
  for (flow* f : waiting) release(*f, all);
}

/// \param all  else only what wants an answer   \param gateway  only for behind this one; 0: for all
void peer::refuse_held(bool all, std::uint32_t gateway) {
  const std::vector<flow*> waiting = waiting_;
  peer& way = way_to(gateway);
  for (flow* f : waiting) {
    if (gateway != 0 && f->whose.gateway != gateway) continue;
    envelope_list mail = std::exchange(f->held, {});
    while (envelope* e = mail.pop_front()) {
      if (!all && !wants_answer(e->kind)) {
        f->held.push_back(e);
        continue;
      }
      const envelope_ptr owned(e);
      held_.give_back(f->whose, memory_of(*e));
      way.refuse(*e);
    }
    if (f->held.is_empty()) take_held(*f);
  }
  if (all) gateway == 0 ? flows_.clear() : flows_.forget_all(gateway);
}

}  // namespace troupe::detail
