// SPDX-License-Identifier: BSD-3-Clause
// A node that is killed, stopped, or out of reach, and what comes back.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <troupe/cluster.hpp>
#include <troupe/thread_mailbox.hpp>

#include "eventually.hpp"
#include "far_node.hpp"
#include "two_nodes.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

/// This program as a node that has called a far one, and what it hears of that.
struct near_node {
  cluster_system here{"here", watchful()};
  thread_mailbox<node_up, node_down> news = here.system.open_mailbox<node_up, node_down>();
  cluster_node there;
  tally_ref tally;

  near_node(const std::string& host, std::uint16_t port) : there(join(host, port)) {
    here.node.subscribe(news.ref());
    CHECK(news.receive<node_up>().node == there);
    tally = tally_on(there);
    for (long i = 0; i < 1000; ++i) tally.tell(add{i});
    CHECK(tally.ask(in_order{}).get() == 1000);
  }

  /// Nothing answers there any more, and that is noticed.
  node_down loses() {
    auto open = tally.ask(total{});
    CHECK_THROWS_AS(std::move(open).get(), actor_down);
    const node_down lost = news.receive<node_down>();
    CHECK(lost.node == there);
    return lost;
  }
  /// Another incarnation, which remembers; refs into the one before stay dead.
  void has_it_back() {
    const node_up again = news.receive<node_up>();
    CHECK_FALSE(again.node == there);
    CHECK(tally_on(again.node).ask(total{}).get() == 999 * 1000 / 2);
    CHECK_THROWS_AS(tally.ask(total{}).get(), actor_down);
  }

 private:
  cluster_node join(const std::string& host, std::uint16_t port) {
    return here.system.run(here.node.connect(host, port));
  }
  tally_ref tally_on(const cluster_node& node) {
    return here.system.run(node.find<add, total, in_order, block, pid>("tally"));
  }
};

/// A host of its own as the kernel sees it: a namespace behind a cable.
class other_host {
 public:
  other_host() {
    works_ = run("ip netns add " + name_) &&
             run("ip link add " + cable_ + " type veth peer name eth0 netns " + name_) &&
             run("ip address add " + address(1) + "/30 dev " + cable_) && plug() &&
             run("ip -n " + name_ + " address add " + address(2) + "/30 dev eth0") &&
             run("ip -n " + name_ + " link set eth0 up") &&
             run("ip -n " + name_ + " link set lo up");
  }
  other_host(const other_host&) = delete;
  other_host& operator=(const other_host&) = delete;
  ~other_host() {
    run("ip link delete " + cable_);
    run("ip netns delete " + name_);
  }

  explicit operator bool() const noexcept { return works_; }
  std::string reached_at() const { return address(2); }
  std::vector<std::string> inside() const { return {"ip", "netns", "exec", name_}; }
  bool plug() const { return run("ip link set " + cable_ + " up"); }
  bool pull() const { return run("ip link set " + cable_ + " down"); }

 private:
  /// Of a range for tests of networks, another one for each program that runs at the same time.
  static std::string address(int number) {
    const int pid = ::getpid() % (1 << 14);
    return "198.18." + std::to_string(pid / 64) + "." + std::to_string(pid % 64 * 4 + number);
  }
  static bool run(const std::string& command) {
    return std::system((command + " 2>/dev/null").c_str()) == 0;
  }

  const std::string name_ = "troupe-" + std::to_string(::getpid());
  const std::string cable_ = "tr" + std::to_string(::getpid());
  bool works_ = false;
};

}  // namespace

TEST_CASE("cluster: a node that is killed is down at once, and so is what was asked there") {
  const deadline limit("a node is killed");
  const far_node far;
  near_node p("127.0.0.1", far.port());
  far.strike(SIGSTOP);  // so that the question is open when it dies
  auto open = p.tally.ask(total{});
  far.strike(SIGKILL);
  CHECK_THROWS_AS(std::move(open).get(), actor_down);
  CHECK(p.loses().why.what == exit_reason::cause::connection_lost);
}

TEST_CASE("cluster: a node that stands still is lost, and comes back as another incarnation") {
  const deadline limit("a node stands still");
  const far_node far;
  near_node p("127.0.0.1", far.port());
  far.strike(SIGSTOP);
  p.loses();
  far.strike(SIGCONT);
  p.has_it_back();
}

TEST_CASE("cluster: a node whose cable is pulled is lost, and back when it is plugged in") {
  const deadline limit("a cable is pulled");
  const other_host host;
  if (!host) {
    MESSAGE("skipped: this program may not make network namespaces");
    return;
  }
  const far_node far(host.inside(), {"everywhere"});
  REQUIRE(far.port() != 0);
  near_node p(host.reached_at(), far.port());
  REQUIRE(host.pull());
  p.loses();
  REQUIRE(host.plug());
  p.has_it_back();
}
