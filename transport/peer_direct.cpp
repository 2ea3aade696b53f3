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
  if (passes_through(e)) return false;
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
  if (!is(kinship::parent)) return fail("news of the family that only a parent brings");
  flush_chain();
  link_context context(owner_, home_, this);
  const auto read = [&]<class News>(auto use, News*) {
    auto news = decode<News>(f.payload, &context);
    if (!news) return (f.flags & passed_flag) != 0 || fail(news.error().text);
    use(std::move(*news));
    return true;
  };
  siblings& kin = owner_.kin();
  if (f.type == type_id<old_way_ends>())
    return read([&](const auto& news) { kin.let_in(news); }, static_cast<old_way_ends*>(nullptr));
  if (f.flags & passed_flag) return true;  // some sibling's idea
  if (f.type == type_id<introduction>())
    return read([&](introduction&& news) { kin.meet(*this, std::move(news)); },
                static_cast<introduction*>(nullptr));
  if (f.type == type_id<sibling_over>())
    return read([&](const auto& news) { kin.end(news); }, static_cast<sibling_over*>(nullptr));
  return read([&](const auto& news) { kin.move_debt(*this, news); },
              static_cast<handed_on*>(nullptr));
}

}  // namespace troupe::detail
