// SPDX-License-Identifier: BSD-3-Clause
#include "remote_node.hpp"

#include "caf_link.hpp"
#include "peer.hpp"

namespace troupe::detail {

address node_actor_of(const remote_node& node) noexcept { return node.node_actor(); }

remote_node::remote_node(nodes& all, const caf_meeting& met, events on)
    : all_(all), name_(met.theirs().name), on_(std::move(on)) {}

std::shared_ptr<remote_node> remote_node::begin(nodes& all, const caf_meeting& met,
                                                bool is_stranger, events on, std::string& error) {
  std::shared_ptr<remote_node> node(new remote_node(all, met, std::move(on)));
  auto bytes = std::make_unique<caf_link>(
      *all.system().io, met.over(),
      [n = node.get()](const std::string& news) { n->on_.news(*n, news); });
  auto made = std::make_unique<peer>(
      all, met.theirs().node,
      peer::events{nullptr, [n = node.get()](const std::string& why) { n->on_link_end(why); }});
  made->expect_types(met.theirs().type_table);
  peer& other = *made;
  node->link_ = bytes.get();
  node->home_ = &other.home();
  error = all.add_remote(std::move(made), is_stranger);
  if (!error.empty()) return nullptr;
  node->peer_ = &other;
  other.open(std::move(bytes), all.greeting());
  return node;
}

void remote_node::send_news(std::string bytes) {
  if (is_connected()) link_->send_news(std::move(bytes));
}

void remote_node::close() noexcept {
  closing_ = true;
  if (peer* other = peer_.load()) other->finish();
}

void remote_node::on_link_end(const std::string& error) {
  const auto self = shared_from_this();  // the cluster lets go of it
  peer* other = peer_.exchange(nullptr);
  const std::string& lost = error.empty() ? link_->error() : error;
  is_left = closing_ || lost.empty();
  link_->close();
  const std::string text = "the node '" + name_ + "' " +
                           (lost.empty() ? "has ended or closed the link" : "was cut off: " + lost);
  const exit_reason why{exit_reason::cause::connection_lost, 0, 0, text};
  all_.remove_remote(*home_);
  on_.ended(*this, why);  // before who waits for it hears of it, and looks for another one
  other->settle(why);
}

}  // namespace troupe::detail
