// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/error.hpp>

#include "forwarded.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "refusal.hpp"

/// The sending half: envelopes to frames. One turn drains what is queued into one buffer and makes one
/// write; a short write leaves the cell blocked until the link says that there is room.
namespace troupe::detail {
namespace {

constexpr std::size_t write_bytes = 64 * 1024;  // a turn writes early when it has this much

enum notice : std::uint8_t { writable = 1, finish_output, end_of_answers, end_of_peer };

frame_kind kind_of(envelope_kind kind) noexcept {
  switch (kind) {
    case envelope_kind::ask: return frame_kind::ask;
    case envelope_kind::stop: return frame_kind::stop;
    case envelope_kind::down: return frame_kind::down;
    case envelope_kind::reply: return frame_kind::reply;
    case envelope_kind::failure: return frame_kind::failure;
    case envelope_kind::monitor: return frame_kind::monitor;
    case envelope_kind::demonitor: return frame_kind::demonitor;
    case envelope_kind::kill: return frame_kind::kill;
    default: return frame_kind::tell;
  }
}

constexpr bool wants_answer(envelope_kind kind) noexcept {
  return kind == envelope_kind::ask || kind == envelope_kind::monitor;
}

envelope* make_notice(notice what) {
  envelope* e = make_bare_envelope(envelope_kind::notice);
  e->flags = what;
  return e;
}

void post_notice(cell& home, envelope* e) noexcept {
  if (home.push_system(e)) schedule(home);
}

}  // namespace

const actor_class peer::kind{
    "link", &peer::receive, &peer::destroy, nullptr, &peer::batch_end, false, true};

void peer::finish() noexcept { post(home_.self(), make_notice(finish_output)); }
void peer::on_writable() noexcept { post_notice(home_, make_notice(writable)); }

void peer::expect_no_answers(const exit_reason& why) {
  envelope* e = make_envelope(envelope_kind::notice, exit_reason(why));
  e->flags = end_of_answers;
  post_notice(home_, e);
}

void peer::settle(const exit_reason& why) {
  envelope* e = make_envelope(envelope_kind::notice, exit_reason(why));
  e->flags = end_of_peer;
  post_notice(home_, e);
}

void peer::receive(cell& c, envelope& e) {
  auto& self = *static_cast<peer*>(c.body);
  if (e.kind == envelope_kind::notice) {
    self.handle_notice(e);
  } else if (self.settled_ || self.finishing_ || (self.mute_ && wants_answer(e.kind))) {
    self.refuse(e);
  } else {
    self.send(e);
  }
  destroy_payload(e);
}

void peer::batch_end(cell& c) { static_cast<peer*>(c.body)->flush(); }

void peer::handle_notice(envelope& e) {
  switch (e.flags) {
    case writable: home_.busy = false; break;
    case finish_output: finishing_ = true; break;
    case end_of_answers:
      mute_ = e.as<exit_reason>();
      settle_debts(*mute_);
      break;
    default:
      settled_ = e.as<exit_reason>();
      home_.busy = false;
      outgoing_.clear();
      outgoing_.shrink(0);
      sent_ = 0;
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
  const exit_reason closing{exit_reason::cause::connection_lost, 0, 0, "it is closing"};
  refuse_mail(home_, e, settled_ ? *settled_ : mute_.value_or(closing));
}

frame peer::frame_for(envelope& e) const {
  frame f;
  f.kind = kind_of(e.kind);
  f.slot = e.slot;
  f.generation = e.generation;
  if (e.gateway != 0) {
    f.flags |= route_flag;
    f.node = any_cell_at(e.gateway)->node_id;
  }
  if (f.kind == frame_kind::monitor && e.flags & 1) f.flags |= answer_flag;
  if (has_id(f.kind)) f.id = id_of(e);
  if (has_sender(f.kind)) f.from = to_wire(correlation_of(e).from);
  if (f.kind == frame_kind::ask) {
    const std::int64_t deadline = correlation_of(e).deadline;
    if (deadline != 0) f.remaining = std::max<std::int64_t>(1, deadline - now(owner_.system()));
  }
  return f;
}

void peer::note_debt(envelope& e) {
  if (e.kind == envelope_kind::demonitor) {
    book_.cross_out(correlation_of(e).from, correlation_of(e).id, true);
    return;
  }
  if (e.kind != envelope_kind::ask && e.kind != envelope_kind::monitor) return;
  const correlation& asked = correlation_of(e);
  cell* whom = e.gateway != 0 ? any_cell_at(e.gateway) : &home_;
  book_.note({asked.from, asked.id, {whom, e.slot, e.generation}, e.kind, (e.flags & 1) != 0});
}

void peer::send(envelope& e) {
  frame f = frame_for(e);
  const forwarded* passing = e.type == &message_type_of<forwarded> ? &e.as<forwarded>() : nullptr;
  if (e.type) f.type = passing ? passing->type : e.type->id;
  if (passing) f.flags |= passed_flag;
  const auto not_sendable = [&](const std::string& why) {
    dead_letter(&owner_.system(), e);
    if (e.kind == envelope_kind::ask)
      answer_failure(correlation_of(e), {errc::not_sendable, why, {}});
    if (e.kind ==
        envelope_kind::reply) {  // who asked learns that there is an answer it cannot have
      cell* home = e.gateway != 0 ? any_cell_at(e.gateway) : &home_;
      answer_failure({id_of(e), {home, e.slot, e.generation}, 0}, {errc::not_sendable, why, {}});
    }
  };
  if (e.type && !passing && !e.type->encode) {
    not_sendable(std::string(e.type->name) + " must not leave its process (local_only)");
    return;
  }
  const std::size_t start = begin_frame(outgoing_, f);
  try {
    if (passing) {
      outgoing_.append(passing->bytes.data(), passing->bytes.size());
    } else if (e.type) {
      e.type->encode(outgoing_, e.payload());
    }
  } catch (const std::exception& error) {
    outgoing_.truncate(start);
    not_sendable(std::string(e.type->name) + " could not be encoded: " + error.what());
    return;
  }
  if (!finish_frame(outgoing_, start)) {
    not_sendable(std::string(e.type->name) + " is larger than the limit of " +
                 std::to_string(frame_bytes_max >> 20) + " MiB for one message");
    return;
  }
  note_debt(e);
  if (outgoing_.size() - sent_ >= write_bytes) flush();
}

void peer::flush() {
  if (!broken_ && !settled_) write_out();
  if (finishing_ && !noted_ && (settled_ || (!home_.busy && sent_ == outgoing_.size()))) {
    noted_ = true;
    link_->close_output();
    owner_.note_finished();
  }
}

void peer::write_out() {
  if (sent_ == outgoing_.size()) return;
  std::size_t sent = 0;
  const auto result = link_->write({outgoing_.data() + sent_, outgoing_.size() - sent_}, sent);
  sent_ += sent;
  if (result == link::written::some) {
    home_.busy = true;  // no more mail until on_writable()
    return;
  }
  // Broken: nobody reads any more. What is sent from now on waits until the receiving half knows why.
  if (result == link::written::broken) broken_ = home_.busy = true;
  outgoing_.clear();
  outgoing_.shrink(16 * write_bytes);  // a large message has passed
  sent_ = 0;
}

}  // namespace troupe::detail
