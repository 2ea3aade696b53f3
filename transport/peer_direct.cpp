// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/codec.hpp>

#include "encoded.hpp"
#include "introduction.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "siblings.hpp"

/// Direct links between siblings: which mail takes them, and how the two ways stay in order. Why it is so:
/// docs/decisions/0030-direct-links.md.
namespace troupe::detail {
namespace {

/// In the id of a question that has gone over a direct link: its answer comes the same way, past the books of
/// the parent.
constexpr std::uint64_t direct_id = std::uint64_t{1} << 63;

/// Its place is behind what others have sent on the old way.
bool is_news(const envelope& e) noexcept {
  return e.kind == envelope_kind::tell && e.flags & family_news_flag;
}

}  // namespace

peer::peer(nodes& owner, peer& parent, cell& gateway, std::uint64_t password, events on)
    : owner_(owner),
      on_(std::move(on)),
      kinship_(kinship::sibling),
      parent_(&parent),
      home_(parent.home_),
      gateway_(gateway),
      node_id_(gateway.node_id),
      password_(password),
      type_table_(owner.greeting().type_table),
      waits_(true) {}

peer* peer::at(const cell& c) noexcept {
  return c.kind == &kind ? static_cast<peer*>(c.body) : nullptr;
}

// The sending half: the parent's link, in its turns ---------------------------------------------

peer& peer::way_to(std::uint32_t gateway) noexcept {
  if (direct_.empty() || gateway == 0) [[likely]]
    return *this;
  const auto found = direct_.find(gateway);
  return found == direct_.end() ? *this : *found->second;
}

peer& peer::way_of(envelope& e) noexcept {
  peer& way = way_to(routing_of(e).gateway);
  return &way == this || goes_directly(e) ? way : *this;
}

/// What actors of this process say, and what they are answered. What comes from elsewhere (from our own
/// children, or a question that is handed on) stays on the old way, whose books it is in.
bool peer::goes_directly(envelope& e) noexcept {
  if (is_answer(e.kind)) return (id_of(e) & direct_id) != 0;
  if (passes_through(e) || is_news(e)) return false;
  switch (e.kind) {
    case envelope_kind::ask:
    case envelope_kind::send:
    case envelope_kind::monitor:
    case envelope_kind::down: return !is_remote(correlation_of(e).from);
    case envelope_kind::cancel:
    case envelope_kind::demonitor: {  // the way of what they take back
      const correlation& asked = correlation_of(e);
      return !is_remote(asked.from) && !book_.owes(asked.from, asked.id);
    }
    default: return true;
  }
}

std::uint64_t peer::id_on_wire(envelope& e) const noexcept {
  const std::uint64_t id = id_of(e);
  const bool asks =
      wants_answer(e.kind) || e.kind == envelope_kind::cancel || e.kind == envelope_kind::demonitor;
  if (!asks) return id;
  if (is(kinship::sibling)) return id | direct_id;
  return is(kinship::parent) ? id & ~direct_id : id;
}

/// Everything that we have sent there lies before this on the old way; everything else goes directly.
void peer::redirect(peer& sibling) {
  if (settled_ || finishing_) return;
  direct_.emplace(sibling.gateway_.slot, &sibling);
  const envelope_ptr last(
      make_envelope(envelope_kind::tell, old_way_ends{owner_.system().node_id, sibling.password_}));
  routing_of(*last).gateway = sibling.gateway_.slot;
  last->generation = 1;
  append(*last);
}

/// A question that has come directly goes to a third process: from here on it is one that has come the old way,
/// and so is its answer. That is said before anything can be heard of it there.
void peer::leave_direct_way(envelope& e) {
  correlation& asked = correlation_of(e);
  if (!(asked.id & direct_id) || !is_remote(asked.from) || passes_through(e)) return;
  asked.id &= ~direct_id;
  if (is(kinship::parent)) {
    say_handed_on(asked.from, asked.id);
  } else if (peer* old_way = peer::at(*asked.from.home->route)) {
    old_way->note_handed_on(asked.from, asked.id);
  }
}

void peer::say_handed_on(const address& asker, std::uint64_t id) {
  const auto found = direct_.find(asker.home->slot);
  if (found == direct_.end() || settled_ || finishing_) return;
  const envelope_ptr news(make_envelope(
      envelope_kind::tell, handed_on{owner_.system().node_id, found->second->password_, asker.slot,
                                     asker.generation, id}));
  routing_of(*news).gateway = asker.home->slot;
  news->generation = 1;
  append(*news);
}

// The receiving half ----------------------------------------------------------------------------

void peer::let_in() {
  if (!std::exchange(waits_, false) || on_bytes({}) >= 0) return;
  link_->close();
  on_end();
}

bool peer::hand_debt_to(peer& other, const address& asker, std::uint64_t id) {
  const auto debt = book_.take(asker, id, false);
  if (debt) other.book_.note(*debt);
  return debt.has_value();
}

/// A direct link is for the two processes at its ends alone.
bool peer::check_sibling(const frame& f) {
  if (f.flags & (route_flag | passed_flag)) return fail("a frame for others over a direct link");
  if (has_sender(f.kind) && f.from.node != node_id_)
    return fail("a frame in another's name over a direct link");
  return true;
}

/// \param id  as which whoever waits for it knows it   \return false: nothing like that was owed
bool peer::is_paid(const frame& f, const address& to, std::uint64_t& id) {
  const bool end = f.kind == frame_kind::down;
  if (!is(kinship::sibling)) return book_.cross_out(to, f.id, end);
  id = f.id & ~direct_id;
  if (book_.cross_out(to, id, end)) return true;
  // The end of an actor whose watch has gone the old way.
  return end && parent_->book_.take(to, id, true, &gateway_).has_value();
}

bool peer::take_news(const frame& f) {
  const bool passed = f.flags & passed_flag;
  if (is(kinship::child) && !passed && f.type == type_id<newcomer>()) {
    const auto news = decode<newcomer>(f.payload);
    if (news) owner_.note_below(news->node, home_);
    return news || fail(news.error().text);
  }
  if (!is(kinship::parent)) return passed || fail("news of the family that only a parent brings");
  flush_chain();
  link_context context(owner_, home_, this);
  const auto read = [&]<class News>(auto use, News*) {
    auto news = decode<News>(f.payload, &context);
    if (!news) return passed || fail(news.error().text);
    use(std::move(*news));
    return true;
  };
  siblings& kin = owner_.kin();
  if (f.type == type_id<old_way_ends>())
    return read([&](const auto& news) { kin.let_in(news); }, static_cast<old_way_ends*>(nullptr));
  if (f.type == type_id<introduction>()) {
    if (passed) return true;  // some sibling's idea
    const auto take = [&](introduction&& news) {
      const bool ours = news.whom == owner_.system().node_id;
      ours ? kin.meet(*this, std::move(news)) : kin.hand_down(*this, std::move(news));
    };
    return read(take, static_cast<introduction*>(nullptr));
  }
  if (f.type == type_id<sibling_over>())
    return read([&](const auto& news) { kin.end(news); }, static_cast<sibling_over*>(nullptr));
  if (f.type == type_id<handed_on>())
    return read([&](const auto& news) { kin.move_debt(*this, news); },
                static_cast<handed_on*>(nullptr));
  return passed || fail("news of those below, from above");
}

// On the way between two ------------------------------------------------------------------------

/// The home of the process that talks, at or behind this link; null: the frame does not tell, or nobody does.
/// Told mail that has been passed on names nobody, but from time to time a mark is among it.
const cell* peer::who_talks(const frame& f, const address& from) const noexcept {
  switch (f.kind) {
    case frame_kind::ask:
    case frame_kind::send:
    case frame_kind::monitor:
    case frame_kind::mark: return is_behind(from) ? from.home : nullptr;
    case frame_kind::tell:
      return f.flags & passed_flag || is_family_news(f.type) ? nullptr : &home_;
    default: return nullptr;
  }
}

void peer::heed_passing_news(const frame& f, cell& to) {
  link_context context(owner_, home_);
  siblings& kin = owner_.kin();
  if (f.type == type_id<sibling_over>()) {
    if (const auto news = decode<sibling_over>(f.payload, &context))
      kin.forget(*this, to.node_id, *news);
  } else if (f.type == type_id<handed_on>()) {
    const auto news = decode<handed_on>(f.payload, &context);
    if (news && kin.vouches_for(*this, to.node_id, *news))
      book_.note(
          {{&to, news->slot, news->generation}, news->id, home_.self(), envelope_kind::ask, false});
  }
}

}  // namespace troupe::detail
