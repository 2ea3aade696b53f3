// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <troupe/error.hpp>

#include "nodes.hpp"
#include "peer.hpp"
#include "refusal.hpp"

/// The sending half: a turn drains what is queued, as far as the peer's budget goes, into one buffer and
/// makes one write; after a short one the next waits until the link says that there is room.
namespace troupe::detail {
namespace {

enum notice : std::uint8_t {
  writable = 1,
  mail_handled,
  finish_output,
  end_of_answers,
  end_of_peer,
  takes_over,
  hands_on
};

/// What a notice is about: a link, and why it ends if it does.
struct matter {
  static constexpr bool local_only = true;
  peer* whose;
  exit_reason why;
};

envelope* make_notice(notice what, peer* whose, const exit_reason& why = {}) {
  envelope* e = make_envelope(envelope_kind::notice, matter{whose, why});
  e->flags = what;
  return e;
}

void post_notice(cell& home, envelope* e) noexcept {
  if (home.push_system(e)) schedule(home);
}

}  // namespace

const actor_class peer::kind{.name = "link",
                             .receive = &peer::receive,
                             .destroy = &peer::destroy,
                             .batch_end = &peer::batch_end,
                             .raw = true,
                             .admit = &peer::admit};

void peer::finish() noexcept { post(home_.self(), make_notice(finish_output, this)); }
void peer::on_writable() noexcept { post_notice(home_, make_notice(writable, this)); }
void peer::take_over() { post_notice(home_, make_notice(takes_over, this)); }

void peer::note_receipt(const flow_key& whose, std::uint64_t so_far) {
  receipt_box& box = parent_ ? parent_->receipts_ : receipts_;
  if (!box.add(whose, so_far)) return;
  envelope* e = make_bare_envelope(envelope_kind::notice);
  e->flags = mail_handled;
  post_notice(home_, e);
}

void peer::note_handed_on(const address& asker, std::uint64_t id) {
  envelope* e = make_bare_envelope(envelope_kind::notice);
  e->flags = hands_on;
  routing_of(*e) = {asker.slot, asker.home->slot};
  e->generation = asker.generation;
  id_of(*e) = id;
  post_notice(home_, e);
}

void peer::expect_no_answers(const exit_reason& why) {
  post_notice(home_, make_notice(end_of_answers, this, why));
}

void peer::settle(const exit_reason& why) {
  post_notice(home_, make_notice(end_of_peer, this, why));
}

void peer::receive(cell& c, envelope& e) {
  auto& self = *static_cast<peer*>(c.body);
  if (e.kind == envelope_kind::notice && e.flags == mail_handled) {
    self.flush();
  } else if (e.kind == envelope_kind::notice && e.flags == hands_on) {
    self.say_handed_on({any_cell_at(routing_of(e).gateway), routing_of(e).slot, e.generation},
                       id_of(e));
  } else if (e.kind == envelope_kind::notice) {
    const matter& m = e.as<matter>();
    m.whose->heed(e.flags, m.why);
  } else if (self.settled_ || self.finishing_ || (self.mute_ && wants_answer(e.kind))) {
    self.refuse(e);
  } else if (peer& way = self.way_of(e); way.settled_) {
    way.refuse(e);
  } else {
    self.send_in_turn(way, e);
  }
  destroy_payload(e);
}

void peer::batch_end(cell& c) {
  auto& self = *static_cast<peer*>(c.body);
  self.flush();
  for (const auto& each : self.direct_) each.second->flush();
}

void peer::heed(std::uint8_t what, const exit_reason& why) {
  switch (what) {
    case writable:
      full_ = false;
      if (!parent_) home_.busy = false;
      break;
    case takes_over: parent_->redirect(*this); break;
    case finish_output:
      finishing_ = true;
      release_held(true);
      break;
    case end_of_answers:
      mute_ = why;
      refuse_held(false);
      settle_debts(*mute_);
      break;
    default:
      settled_ = why;
      if (!parent_) {
        home_.busy = false;
        refuse_held(true);
      } else if (parent_->direct_.contains(gateway_.slot)) {
        parent_->refuse_held(true, gateway_.slot);
        // The parent knows as much, and refuses what comes later. But who is cut off and lives stays cut off.
        if (why.what == exit_reason::cause::process_ended) parent_->direct_.erase(gateway_.slot);
      }
      outgoing_.clear();
      link_->close_output();
      settle_debts(*settled_);
      break;
  }
  flush();
}

void peer::settle_debts(const exit_reason& why) {
  book_.settle_all([&](const answer_book::debt& d) {
    if (d.kind == envelope_kind::ask) {
      answer_failure({d.id, d.to, 0}, down_failure(why));
    } else {
      tell_end(d.to, d.id, d.whom, why, d.as_answer);
    }
  });
}

/// As an actor that is gone: each question gets its failure, each monitor its end.
void peer::refuse(envelope& e) {
  if (e.kind == envelope_kind::tell && e.flags & family_news_flag) return;
  const exit_reason closing{exit_reason::cause::connection_lost, 0, 0, "it is closing"};
  refuse_mail(home_for(e), e, settled_ ? *settled_ : mute_.value_or(closing));
}

void peer::flush() {
  release_what_fits();
  if (!broken_ && !settled_ && !full_) write_out();
  if (finishing_ && !noted_ && (settled_ || outgoing_.is_empty())) {
    noted_ = true;
    link_->close_output();
    owner_.note_finished();
  }
}

void peer::write_out() {
  while (!outgoing_.is_empty()) {
    std::array<iovec, 64> parts;
    const std::size_t n = outgoing_.front(parts);
    std::size_t sent = 0;
    const auto result = link_->write(std::span(parts).first(n), sent);
    outgoing_.drop_front(sent);
    if (result == link::written::some) {
      full_ = true;
      return;
    }
    if (result == link::written::all) continue;
    // Nobody reads any more. What is sent from now on waits until the receiving half knows why.
    broken_ = true;
    if (!parent_) home_.busy = true;
    outgoing_.clear();
  }
}

}  // namespace troupe::detail
