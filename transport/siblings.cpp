// SPDX-License-Identifier: BSD-3-Clause
#include "siblings.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <system_error>

#include "nodes.hpp"
#include "peer.hpp"
#include "pipe_link.hpp"

namespace troupe::detail {
namespace {

/// From the end of a direct link to the parent's word how the sibling has ended.
constexpr auto word_grace = std::chrono::seconds{5};

/// In the order of all that goes over this link.
template <class News>
void say(cell& link, News&& news) {
  envelope* e = make_envelope(envelope_kind::tell, std::forward<News>(news));
  e->flags = family_news_flag;
  post({&link, 0, 1}, e);
}

}  // namespace

void siblings::introduce(peer& one, peer& other) {
  auto& of_one = introduced_[&one.home()];
  auto& of_other = introduced_[&other.home()];
  if (of_one.size() >= links_max || of_other.size() >= links_max) return;
  if (!of_one.insert(&other).second) return;
  of_other.insert(&one);
  try {
    plumbing pipes = lay_pipes({});
    const std::uint64_t password = all_.system().luck->next();
    say(one.home(), introduction{other.node_id(), password, std::move(pipes.ours.link)});
    say(other.home(), introduction{one.node_id(), password, std::move(pipes.theirs.link)});
  } catch (const std::system_error&) {
    return;  // no descriptors are left; they have a way: through here
  }
}

void siblings::tell_end_of(peer& gone, const exit_reason& why) {
  const auto found = introduced_.find(&gone.home());
  if (found == introduced_.end()) return;
  for (peer* each : found->second) {
    introduced_[&each->home()].erase(&gone);
    say(each->home(), sibling_over{gone.node_id(), why});
  }
  introduced_.erase(&gone.home());
  gone.leave();
}

void siblings::note_handed_on(const address& asker, std::uint64_t id) {
  const peer* of = asker.home ? peer::at(*asker.home) : nullptr;
  if (of && of->is_child_here()) say(*asker.home, handed_on{asker.slot, asker.generation, id});
}

void siblings::meet(peer& parent, introduction&& news) {
  if (!news.ends.in || !news.ends.out || !news.ends.control) return;
  cell* gateway = all_.home_of(news.node, 0, parent.home());
  const bool is_behind_parent =
      gateway && gateway != &parent.home() && gateway->route == &parent.home();
  if (!is_behind_parent || met_.contains(news.node)) return;
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

void siblings::let_in(const old_way_ends& news) {
  const auto found = met_.find(news.node);
  if (found == met_.end() || found->second.over || found->second.password != news.password) return;
  found->second.way->let_in();
}

/// Its last words are read first.
void siblings::end(const sibling_over& news) {
  const auto found = met_.find(news.node);
  if (found == met_.end() || found->second.over) return;
  found->second.link->drain();
  settle(found->second, news.why);
}

void siblings::move_debt(peer& parent, const handed_on& news) {
  const address asker{all_.own_home_of(news.slot), news.slot, news.generation};
  for (auto& each : met_) {
    if (each.second.way->hand_debt_to(parent, asker, news.id)) return;
  }
}

/// As a rule it is ending, and the parent says how.
void siblings::on_link_end(std::uint64_t node, const std::string& error) {
  sibling& s = met_.at(node);
  if (s.over) return;
  if (!s.greeted || !error.empty()) {
    settle(s, {exit_reason::cause::connection_lost, 0, 0, error});
    return;
  }
  s.grace.emplace(all_.system().io->context(), word_grace);
  s.grace->async_wait([&s](const boost::system::error_code& cancelled) {
    if (!cancelled && !s.over)
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
