// SPDX-License-Identifier: BSD-3-Clause
// A node that is killed, stopped, or out of reach, and what comes back.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <troupe/cluster.hpp>

#include "far_node.hpp"
#include "near_node.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

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
  auto open = p.out.tally.ask(total{});
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

TEST_CASE("cluster: a node ends in time though another one stands still") {
  const deadline limit("the end of a node beside one that stands still");
  const far_node far;
  auto p = std::make_unique<near_node>("127.0.0.1", far.port());
  far.strike(SIGSTOP);
  SUBCASE("it does not know yet") { p->out.tell(1); }
  SUBCASE("it has lost the other node") { p->loses(); }
  const auto begun = std::chrono::steady_clock::now();
  p.reset();
  CHECK(std::chrono::steady_clock::now() - begun < 3 * watchful().silence_max);
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
