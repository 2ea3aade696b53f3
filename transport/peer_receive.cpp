// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <troupe/detail/factory.hpp>
#include <troupe/error.hpp>

#include "encoded.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "refusal.hpp"

/// The receiving half: frames to envelopes. Frames that follow each other to the same actor are put
/// into its mailbox as one chain.
namespace troupe::detail {
namespace {

envelope_kind kind_of(frame_kind kind) noexcept {
  switch (kind) {
    case frame_kind::ask: return envelope_kind::ask;
    case frame_kind::stop: return envelope_kind::stop;
    case frame_kind::down: return envelope_kind::down;
    case frame_kind::reply: return envelope_kind::reply;
    case frame_kind::failure: return envelope_kind::failure;
    case frame_kind::monitor: return envelope_kind::monitor;
    case frame_kind::demonitor: return envelope_kind::demonitor;
    case frame_kind::kill: return envelope_kind::kill;
    case frame_kind::cancel: return envelope_kind::cancel;
    case frame_kind::send: return envelope_kind::send;
    case frame_kind::mark: return envelope_kind::mark;
    case frame_kind::receipt: return envelope_kind::receipt;
    default: return envelope_kind::tell;
  }
}

const exit_reason gone_reason{exit_reason::cause::never_existed, 0, 0, {}};

constexpr bool is_owed(envelope_kind kind) noexcept {
  return is_answer(kind) || kind == envelope_kind::down;
}

/// For the link itself, or for one further on.
bool is_news(const frame& f) noexcept {
  return f.slot == 0 && f.kind == frame_kind::tell && is_family_news(f.type);
}

/// A value too large, too deep or refused by its own type harms nobody's stream: only it is dropped.
bool is_of_the_message(decode_errc code) noexcept {
  return code == decode_errc::memory_limit || code == decode_errc::nesting_limit ||
         code == decode_errc::serialiser || code == decode_errc::no_memory;
}

}  // namespace

peer::peer(nodes& owner, std::uint64_t node_id, events on)
    : owner_(owner),
      on_(std::move(on)),
      home_(open_raw_cell(owner.system(), kind, this, node_id, true)),
      gateway_(home_),
      node_id_(node_id),
      type_table_(owner.greeting().type_table) {
  ensure_registered<failure>();  // any ask or monitor may be answered with these
  ensure_registered<down>();
}

peer::~peer() = default;

void peer::open(std::unique_ptr<link> transport, const hello& greeting) {
  link_ = std::move(transport);
  byte_buffer first;
  write_hello(first, greeting);
  std::size_t sent = 0;
  const iovec whole{first.data(), first.size()};
  link_->write({&whole, 1}, sent);  // an empty pipe takes it whole
  link_->open(*this);
  on_writable();  // the sending half may begin
}

bool peer::fail(std::string why) {
  error_ = std::move(why);
  return false;
}

std::ptrdiff_t peer::on_bytes(std::span<const std::byte> bytes) {
  if (early_.empty()) return take_all(bytes);
  early_.append(bytes.data(), bytes.size());
  if (waits_) return static_cast<std::ptrdiff_t>(bytes.size());
  const std::ptrdiff_t used = take_all(early_.bytes());
  if (used < 0) return used;
  byte_buffer left;
  const auto rest = early_.bytes().subspan(static_cast<std::size_t>(used));
  left.append(rest.data(), rest.size());
  early_ = std::move(left);
  return static_cast<std::ptrdiff_t>(bytes.size());
}

std::ptrdiff_t peer::take_all(std::span<const std::byte> bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    if (greeted_ && waits_) {
      early_.append(bytes.data() + used, bytes.size() - used);
      used = bytes.size();
      break;
    }
    if (const std::size_t taken = greeted_ ? take_plain(bytes.subspan(used)) : 0) {
      used += taken;
      continue;
    }
    const parsed p = parse_frame(bytes.subspan(used), greeted_ ? frame_bytes_max : hello_bytes_max);
    if (p.state == parse_state::incomplete) break;
    bool good = p.state == parse_state::complete || fail(p.error);
    try {
      good = good && (greeted_ ? take(p.value) : take_hello(p.value));
    } catch (const std::exception& error) {
      good = fail(error.what());
    }
    if (!good) {
      flush_chain();
      if (owner_.system().says(log_level::warning))
        std::fprintf(stderr, "troupe: the link to node %llx is closed: %s\n",
                     static_cast<unsigned long long>(node_id_ & 0xffffff), error_.c_str());
      return -1;
    }
    used += p.bytes;
  }
  flush_chain();
  return static_cast<std::ptrdiff_t>(used);
}

void peer::on_end() noexcept {
  if (on_.ended) on_.ended(error_);
}

bool peer::take_hello(const frame& f) {
  hello theirs;
  std::string wrong = read_hello(f, theirs);
  if (wrong.empty()) {
    hello ours = owner_.greeting();
    ours.type_table = type_table_;
    wrong = check_hello(theirs, ours, node_id_);
  }
  if (!wrong.empty()) return fail(std::move(wrong));
  greeted_ = true;
  if (on_.greeted) on_.greeted(theirs);
  owner_.system().io->look_soon();  // who has heard of it may have used Asio
  return true;
}

bool peer::take(const frame& f) {
  if (f.kind == frame_kind::hello) return fail("a second greeting");
  if (is(kinship::sibling) && !check_sibling(f)) return false;
  if (f.flags & route_flag && f.node != owner_.system().node_id) return pass_on(f);
  if (f.kind == frame_kind::receipt) return take_receipt_frame(f);
  if (is_news(f)) return take_news(f);
  const address node = owner_.node_actor();
  const address to = f.slot == 0 ? node : address{owner_.own_home_of(f.slot), f.slot, f.generation};
  // A process is ended by its process handle, and its own actor with it.
  const bool ends = f.kind == frame_kind::stop || f.kind == frame_kind::kill;
  return (ends && to == node) || take_mail(f, to);
}

/// \return false: the bytes are not a message of that type. True, but no envelope: the type is not
/// known here, or the value is more than this process takes; `why_not` says which.
bool peer::decode_payload(const frame& f, envelope_ptr& e, envelope_kind envelope_is,
                          std::string& why_not) {
  if (f.type == 0) {
    e.reset(make_bare_envelope(envelope_is));
    return true;
  }
  const message_type* type =
      last_type_ && last_type_->id == f.type ? last_type_ : find_type(f.type);
  if (!type) {
    why_not = "the process does not know the type of this message";
    return true;
  }
  last_type_ = type;
  e.reset(allocate_envelope(envelope_is, type->bytes, type->alignment));
  link_context context(owner_, home_, this);
  decode_error error;
  if (!type->decode(e->payload(), f.payload, &context, {}, error)) {
    e.reset();
    if (is_of_the_message(error.code)) {
      why_not = std::move(error.text);
      return true;
    }
    return bad_payload(f, "a message that cannot be decoded: " + error.text, why_not);
  }
  e->type = type;
  if ((envelope_is == envelope_kind::failure && type != &message_type_of<failure>) ||
      (envelope_is == envelope_kind::down && type != &message_type_of<down>)) {
    e.reset();
    return bad_payload(f, "a failure or an end of another type", why_not);
  }
  return true;
}

/// Who sends nonsense loses the link, but who has only passed it on is not to blame: then the message
/// is dropped, and nobody else notices.
bool peer::bad_payload(const frame& f, std::string what, std::string& why_not) {
  if (!(f.flags & passed_flag)) return fail(std::move(what));
  why_not = std::move(what);
  return true;
}

/// \return false: somebody wants an answer and does not say who
bool peer::read_sender(const frame& f, address& from) {
  if (!has_sender(f.kind)) return true;
  link_context context(owner_, home_);
  from = from_wire(&context, f.from);
  if (!from.home && f.kind != frame_kind::down) return fail("a question from nobody");
  // In the name of somebody who does not live there: a question that the peer was asked and hands on.
  if (f.kind == frame_kind::ask && !is_behind(from)) book_.cross_out(from, f.id, false);
  return true;
}

bool peer::take_mail(const frame& f, const address& to) {
  const envelope_kind is = kind_of(f.kind);
  address from;
  if (!read_sender(f, from)) return false;
  envelope_ptr e;
  std::string why;
  if (!decode_payload(f, e, is, why)) return false;
  // Only now, when the answer is good: the end of a bad link must still settle the debt.
  // What was never asked for is not ours; it harms nobody.
  std::uint64_t id = f.id;
  if (is_owed(is) && !is_paid(f, to, id)) return true;
  if (!e) {
    if (is == envelope_kind::ask || is == envelope_kind::send)
      answer_failure({id, from, 0}, {errc::bad_message, why, {}});
    if (is_answer(is)) answer_failure({id, to, 0}, {errc::bad_message, why, {}});
    owner_.system().dropped.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  if (is_answer(is)) {
    id_of(*e) = id;
  } else if (has_id(f.kind)) {
    const std::int64_t deadline = f.remaining == 0 ? 0 : now(owner_.system()) + f.remaining;
    correlation_of(*e) = {id, from, deadline};
  }
  if (f.kind == frame_kind::monitor) e->flags = envelope_flags_of(f.flags);
  deliver(to, e.release());
  return true;
}

/// The target's process is another one: it gets the bytes as they are.
bool peer::pass_on(const frame& f) {
  const envelope_kind is = kind_of(f.kind);
  cell* home = owner_.way_to(f.node, f.slot);
  if (!home) return fail("a frame for a process that cannot be reached from here");
  const address to{home, f.slot, f.generation};
  address from;
  if (!read_sender(f, from)) return false;
  if (is_owed(is) && !book_.cross_out(to, f.id, is == envelope_kind::down)) return true;
  if (f.type == type_id<spawn_request>() && owner_.is_from_stranger(home_.self())) {
    if (is == envelope_kind::ask) answer_failure({f.id, from, 0}, no_spawn_for_strangers());
    return true;
  }
  encoded content{.type = f.type, .bytes = {}, .whole = {}};
  content.bytes.append(f.payload.data(), f.payload.size());
  envelope_ptr e(make_envelope(is, std::move(content)));
  if (is_answer(is)) {
    id_of(*e) = f.id;
  } else if (has_id(f.kind)) {
    const std::int64_t deadline = f.remaining == 0 ? 0 : now(owner_.system()) + f.remaining;
    correlation_of(*e) = {f.id, from, deadline};
  }
  if (f.kind == frame_kind::monitor) e->flags = envelope_flags_of(f.flags);
  if (home->route == &home_) {  // it came from there, so nobody lies behind us: that node is gone
    e->generation = to.generation;
    routing_of(*e) = {to.slot, home->slot};
    refuse_mail(*home, *e, no_way_reason());
    return true;
  }
  if (is_news(f)) heed_passing_news(f, *home);
  owner_.note_passed(*this, who_talks(f, from), *home);
  deliver(to, e.release());
  return true;
}

void peer::deliver(const address& to, envelope* e) {
  const bool plain = e->kind <= envelope_kind::ask && !(e->type && e->type->urgent) &&
                     to.home->route == to.home && !to.home->kind->raw;
  if (!plain) {
    flush_chain();  // order: what came before is in its mailbox first
    e->kind == envelope_kind::send ? deliver_send(to, e) : detail::deliver(to, e);
    return;
  }
  if (chain_first_ && chain_to_.home != to.home) flush_chain();
  e->generation = to.generation;
  if (chain_first_) {
    chain_last_->next.store(e, std::memory_order_relaxed);
  } else {
    chain_first_ = e;
    chain_to_ = to;
  }
  chain_last_ = e;
  ++chain_count_;
}

/// As a sender of this process would: at once if there is room, else the actor says whether to wait.
void peer::deliver_send(const address& to, envelope* e) {
  const correlation sender = correlation_of(*e);
  e->kind = envelope_kind::tell;
  switch (is_remote(to) ? posted::full : try_post(to, e)) {
    case posted::accepted: answer(sender, make_bare_envelope(envelope_kind::reply)); return;
    case posted::gone:
      answer_failure(sender, down_failure(gone_reason));
      drop_envelope(e);
      return;
    case posted::full: break;
  }
  e->kind = envelope_kind::send;
  detail::deliver(to, e);
}

/// What is not owed is ignored.
bool peer::take_receipt_frame(const frame& f) {
  address from;
  if (!read_sender(f, from)) return false;
  const bool is_behind_us = from.home != &home_;
  if (from.home)
    note_receipt({is_behind_us ? from.home->slot : 0, from.slot, from.generation}, f.id);
  return true;
}

void peer::flush_chain() noexcept {
  if (!chain_first_) return;
  cell& home = *chain_to_.home;
  envelope* first = std::exchange(chain_first_, nullptr);
  post_chain(home, first, chain_last_, std::exchange(chain_count_, 0));
}

}  // namespace troupe::detail
