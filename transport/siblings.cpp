// SPDX-License-Identifier: BSD-3-Clause
#include "siblings.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <system_error>

#include "nodes.hpp"
#include "peer.hpp"
#include "pipe_link.hpp"

namespace troupe::detail {
namespace {

/// From the end of a direct link to the word how the sibling has ended.
constexpr auto word_grace = std::chrono::seconds{5};

/// In the order of all that goes over this link.
template <class News>
void say(cell& link, News&& news) {
  envelope* e = make_envelope(envelope_kind::tell, std::forward<News>(news));
  e->flags = family_news_flag;
  post({&link, 0, 1}, e);
}

}  // namespace

void siblings::announce(cell& parent, std::uint64_t node) { say(parent, newcomer{node}); }

void siblings::introduce(const cell& one, const cell& other) {
  introduced& first = below_[one.node_id];
  introduced& second = below_[other.node_id];
  first.link = one.route;
  second.link = other.route;
  if (first.over || second.over || first.to.contains(other.node_id)) return;
  if (first.to.size() >= links_max || second.to.size() >= links_max) return;
  const std::uint64_t password = all_.system().luck->next();
  first.to.emplace(other.node_id, password);
  second.to.emplace(one.node_id, password);
  plumbing pipes;
  try {
    pipes = lay_pipes({});
  } catch (const std::system_error&) {
    pipes = {};  // none are left. They go on through here, and all on the way know that
  }
  say(*one.route, introduction{one.node_id, other.node_id, password, std::move(pipes.ours.link)});
  say(*other.route,
      introduction{other.node_id, one.node_id, password, std::move(pipes.theirs.link)});
}

void siblings::hand_down(peer& parent, introduction&& news) {
  cell* home = all_.home_of(news.whom, 0, parent.home());
  const peer* child = home ? peer::at(*home->route) : nullptr;
  if (!child || !child->is_child_here()) {  // it has ended; or is a stranger, who meets nobody
    say_over(news.node, news.whom, news.password,
             {exit_reason::cause::connection_lost, 0, 0, "it cannot be reached"}, parent.home());
    return;
  }
  introduced& whom = below_[news.whom];
  whom.link = home->route;
  whom.to.insert_or_assign(news.node, news.password);
  say(*home->route, std::move(news));
}

void siblings::say_over(std::uint64_t to, std::uint64_t node, std::uint64_t password,
                        const exit_reason& why, cell& link) {
  if (cell* home = all_.home_of(to, 0, link)) say(*home, sibling_over{node, password, why});
}

void siblings::tell_end_of(peer& gone, const exit_reason& why) {
  gone.leave();
  for (auto each = below_.begin(); each != below_.end();) {
    if (each->second.link != &gone.home()) {
      ++each;
      continue;
    }
    for (const auto& [other, password] : each->second.to) {
      say_over(other, each->first, password, why, gone.home());
      const auto known = below_.find(other);
      if (known != below_.end()) known->second.to.erase(each->first);
    }
    each = below_.erase(each);
  }
}

bool siblings::know_each_other(std::uint64_t one, std::uint64_t other,
                               std::uint64_t password) const {
  const auto known = below_.find(one);
  if (known == below_.end()) return false;
  const auto to = known->second.to.find(other);
  return to != known->second.to.end() && to->second == password;
}

void siblings::forget(peer& from, std::uint64_t to, const sibling_over& news) {
  if (know_each_other(news.node, to, news.password)) {
    introduced& gone = below_.at(news.node);
    if (gone.link != &from.home()) return;
    gone.over = true;
    gone.to.erase(to);
  }
  if (know_each_other(to, news.node, news.password)) below_.at(to).to.erase(news.node);
}

bool siblings::vouches_for(peer& from, std::uint64_t asker, const handed_on& news) const {
  if (know_each_other(news.node, asker, news.password))
    return below_.at(news.node).link == &from.home();
  return know_each_other(asker, news.node, news.password);
}

void siblings::meet(peer& parent, introduction&& news) {
  if (!news.ends.in || !news.ends.out || !news.ends.control) return;
  cell* gateway = all_.home_of(news.node, 0, parent.home());
  const bool is_behind_parent =
      gateway && gateway != &parent.home() && gateway->route == &parent.home();
  if (!is_behind_parent || met_.contains(news.node)) return;
  const auto open = std::count_if(met_.begin(), met_.end(), [](auto& s) { return !s.second.over; });
  if (static_cast<std::size_t>(open) >= links_max) return;
  auto link = std::make_unique<pipe_link>(*all_.system().io, news.ends.release());
  auto made = std::make_unique<peer>(
      all_, parent, *gateway, news.password,
      peer::events{
          [this, node = news.node](const hello&) { on_greeting(node); },
          [this, node = news.node](const std::string& error) { on_link_end(node, error); }});
  sibling& s = met_[news.node];
  s.way = made.get();
  s.link = link.get();
  s.password = news.password;
  all_.add_way(std::move(made));
  try {
    s.way->open(std::move(link), all_.greeting());
  } catch (const std::system_error&) {  // it sees the end, and nothing has gone this way yet
    settle(s, {});
  }
}

void siblings::on_greeting(std::uint64_t node) {
  sibling& s = met_.at(node);
  s.greeted = true;
  s.way->take_over();
}

/// Anybody in the family may send such news: only those between the two know the password.
siblings::sibling* siblings::met(std::uint64_t node, std::uint64_t password) {
  const auto found = met_.find(node);
  const bool known = found != met_.end() && found->second.password == password;
  return known && !found->second.over ? &found->second : nullptr;
}

void siblings::let_in(const old_way_ends& news) {
  if (sibling* s = met(news.node, news.password)) s->way->let_in();
}

/// Its last words are read first.
void siblings::end(const sibling_over& news) {
  sibling* s = met(news.node, news.password);
  if (!s) return;
  s->link->drain();
  settle(*s, news.why);
}

void siblings::move_debt(peer& parent, const handed_on& news) {
  const sibling* s = met(news.node, news.password);
  if (!s) return;
  s->way->hand_debt_to(parent, {all_.own_home_of(news.slot), news.slot, news.generation}, news.id);
}

/// As a rule it is ending, and the process above it says how.
void siblings::on_link_end(std::uint64_t node, const std::string& error) {
  sibling& s = met_.at(node);
  if (s.over) return;
  if (!s.greeted || !error.empty()) {
    settle(s, {exit_reason::cause::connection_lost, 0, 0, error});
    return;
  }
  s.grace.emplace(*all_.system().io);
  s.grace->begin(word_grace, [&s] {
    settle(s, {exit_reason::cause::connection_lost, 0, 0, "it has closed the link"});
  });
}

void siblings::settle(sibling& s, const exit_reason& why) {
  s.over = true;
  s.grace.reset();
  s.link->close();
  s.way->settle(why);
}

}  // namespace troupe::detail
