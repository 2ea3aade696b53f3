// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/actor_ref.hpp>

#include "turn.hpp"

/// Two fates tied: a link is two monitors that know of each other, so it works wherever a monitor
/// does. link() sends a request; who gets it watches the sender in turn and answers with a monitor of
/// its own. Both ends keep a link_end, and each end's `pair` is the other's id: that is how an unlink
/// takes back exactly the link it means, whatever crosses it on the way.
/// The news comes in the system lane, as an answer does: it reaches an actor that waits.
namespace troupe::detail {
namespace {

using link_list = std::vector<link_end>;

link_list& links_of(cell& c) {
  extras& x = extras_of(c);
  if (!x.ties) x.ties = std::make_unique<ties>();
  return x.ties->links;
}

void send_link(cell& c, const link_end& l, std::uint8_t flag) {
  envelope* e = make_bare_envelope(envelope_kind::monitor);
  e->flags = as_answer_flag | flag;
  correlation_of(*e) = {l.id, c.self(), 0};
  post_system(l.whom, e);
}

void send_unlink(cell& c, const link_end& l) noexcept {
  envelope* e = make_bare_envelope(envelope_kind::demonitor);
  correlation_of(*e) = {l.id, c.self(), 0};
  post_system(l.whom, e);
}

bool is_local(const address& a) noexcept { return a.home->route == a.home && !a.home->kind->raw; }

/// The other has not answered yet, so it will not hear of our end as a watcher. Here it is told so on
/// the way by which it has got the request. Elsewhere its own monitor will find us gone.
void break_half_link(cell& c, const link_end& l, const exit_reason& why) {
  if (!is_local(l.whom)) return;
  envelope* e =
      make_envelope(envelope_kind::demonitor, down{actor_ref<>::at(c.self()), why, {}, 0});
  correlation_of(*e) = {l.id, c.self(), 0};
  post_system(l.whom, e);
}

}  // namespace

void start_link(cell& c, const address& whom) {
  if (whom == c.self()) return;
  link_list& links = links_of(c);
  const auto same = [&](const link_end& l) { return l.whom == whom; };
  if (std::any_of(links.begin(), links.end(), same)) return;
  links.push_back({++c.extra->last_id, whom});
  if (whom.home) {
    send_link(c, links.back(), link_flag);
  } else {
    tell_watcher(c, {c.self(), links.back().id, true}, {actor_ref<>{}, gone(), {}, 0});
  }
}

void stop_link(cell& c, const address& whom) noexcept {
  if (!c.extra || !c.extra->ties || !whom.home) return;
  link_list& links = c.extra->ties->links;
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const link_end& l) { return l.whom == whom; });
  if (found == links.end()) return;
  send_unlink(c, *found);
  links.erase(found);
}

void link_requested(cell& c, envelope& e) {
  const correlation& asked = correlation_of(e);
  const auto same = [&](const link_end& l) { return l.whom == asked.from; };
  if (e.flags & link_answer_flag) {
    if (!c.extra || !c.extra->ties) return;  // unlinked meanwhile: it will hear of that
    link_list& links = c.extra->ties->links;
    const auto found = std::find_if(links.begin(), links.end(), same);
    if (found != links.end()) found->pair = asked.id;
    return;
  }
  link_list& links = links_of(c);
  const auto found = std::find_if(links.begin(), links.end(), same);
  if (found != links.end()) {  // both have asked for it
    found->pair = asked.id;
    return;
  }
  links.push_back({++c.extra->last_id, asked.from, asked.id});
  send_link(c, links.back(), link_answer_flag);
}

void link_taken_back(cell& c, envelope& e) {
  if (!c.extra || !c.extra->ties) return;
  const correlation& taken = correlation_of(e);
  link_list& links = c.extra->ties->links;
  const auto found = std::find_if(links.begin(), links.end(), [&](const link_end& l) {
    return l.pair == taken.id && l.whom == taken.from;
  });
  if (found == links.end()) return;
  send_unlink(c, *found);
  links.erase(found);
  if (e.type == &message_type_of<down>) end_actor(c, std::move(e.as<down>().reason));
}

void link_ended(cell& c, envelope& e) {
  if (!c.extra || !c.extra->ties || e.type != &message_type_of<down>) return;
  link_list& links = c.extra->ties->links;
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const link_end& l) { return l.id == id_of(e); });
  if (found == links.end()) return;
  links.erase(found);
  exit_reason& why = e.as<down>().reason;
  if (!why.is_normal()) end_actor(c, std::move(why));
}

void settle_links(cell& c, const exit_reason& why) {
  if (!c.extra->ties) return;
  for (const link_end& l : std::exchange(c.extra->ties->links, {})) {
    if (!l.whom.home) continue;
    if (why.is_normal()) {
      send_unlink(c, l);
    } else if (l.pair == 0) {
      break_half_link(c, l, why);
    }  // else it is among the watchers, and will hear of it there
  }
}

}  // namespace troupe::detail
