// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/cluster.hpp>

#include <arpa/inet.h>

#include <deque>
#include <troupe/closing.hpp>

#include "cluster_core.hpp"

namespace troupe {
namespace {

/// How what came of a call reaches the one who waits for it.
struct joined {
  static constexpr bool local_only = true;
  std::shared_ptr<detail::remote_node> node;
  std::string error;
};
struct await_joined {
  static constexpr bool local_only = true;
  using reply = joined;
};

class desk : public actor<joined, await_joined> {
 public:
  void on(joined news) {
    if (waiting_) {
      waiting_->set_value(std::move(news));
    } else {
      news_ = std::move(news);
    }
  }
  promise<joined> on(await_joined) {
    waiting_ = make_promise<joined>();
    if (news_) waiting_->set_value(std::move(*news_));
    return *waiting_;
  }

 private:
  std::optional<joined> news_;
  std::optional<promise<joined>> waiting_;
};

bool is_loopback(const std::string& host) noexcept {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace

const std::string& cluster_node::name() const noexcept { return node_->name(); }
bool cluster_node::is_connected() const noexcept { return node_->is_connected(); }
void cluster_node::close() noexcept { node_->close(); }

namespace {
task<exit_reason> wait_for(actor_ref<> whom) {
  exit_reason why = co_await ended(whom);
  co_return why;
}
}  // namespace

task<exit_reason> cluster_node::wait() const { return wait_for(node()); }

cluster::cluster(actor_system& system, const cluster_options& options)
    : core_(detail::cluster_core::start(system, options)) {}

std::uint16_t cluster::listen(std::uint16_t port, const listen_options& options) {
  if (!options.insecure_listen_on_all_interfaces && !core_->has_tls() &&
      !is_loopback(options.host)) {
    throw std::invalid_argument(
        "listen_options.host: '" + options.host +
        "' is not a loopback address, and there is no cluster_options.tls: others could read and "
        "forge what the nodes say. See insecure_listen_on_all_interfaces");
  }
  if (options.host.empty() || options.host.size() > detail::cluster_news::host_bytes_max)
    throw std::invalid_argument("listen_options.host is empty or too long");
  return core_->listen(port, options);
}

task<cluster_node> cluster::connect(std::string host, std::uint16_t port) {
  const auto kept = core_;
  const auto at = detail::spawn_class<desk>(kept->system(), nullptr);
  kept->call({0, host, port},
             [at](std::shared_ptr<detail::remote_node> node, const std::string& why) {
               at.tell(joined{std::move(node), why});
             });
  auto question = at.ask(await_joined{});
  auto answer = std::move(question).result();
  outcome<joined> news = co_await answer;
  at.stop();
  if (!news) throw_failure(news.error());
  if (!news->node)
    throw cluster_error("connect: " + host + ':' + std::to_string(port) + ": " + news->error);
  co_return cluster_node(std::move(news->node));
}

std::vector<cluster_node> cluster::nodes() const {
  std::vector<cluster_node> all;
  for (auto& each : core_->nodes_now()) all.emplace_back(std::move(each));
  return all;
}

void cluster::subscribe(actor_ref<node_up, node_down> who) { core_->subscribe(who); }
std::uint64_t cluster::refused() const noexcept { return core_->refused(); }

task<detail::address> cluster::find_address(std::string name, detail::accepted_types wanted) const {
  const auto kept = core_;
  const auto here = detail::find_name(kept->system(), name, wanted);
  if (here) co_return *here;
  failure why = here.error();
  for (const auto& each : kept->nodes_now()) {
    auto question = detail::ask_to_find(each->node_actor(), name, wanted);
    auto answer = std::move(question).result();
    const outcome<detail::found> found = co_await answer;
    if (!found) continue;  // it has gone
    if (found->who) co_return found->who.where();
    if (found->why.code != errc::name_unknown) why = found->why;
  }
  throw_failure(why);
}

}  // namespace troupe
