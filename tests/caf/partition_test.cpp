// SPDX-License-Identifier: BSD-3-Clause
// Three nodes on three hosts, of which one is cut off from one of the others, or from both.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <troupe/cluster.hpp>
#include <troupe/thread_mailbox.hpp>
#include <variant>
#include <vector>

#include "lossy_cable.hpp"
#include "messages.hpp"
#include "separate_host.hpp"
#include "two_nodes.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

cluster_options vigilant() {
  cluster_options o = watchful();
  o.heartbeat = 50ms;
  o.silence_max = 1s;
  o.handshake_timeout = 500ms;
  return o;
}

/// A node on a host of its own, which has a tally and notes who comes and goes.
class member {
 public:
  member(const std::string& name, int number)
      : host(number),
        own(host.inside([&] { return std::make_unique<cluster_system>(name, vigilant()); })) {
    if (!own->system.register_name("tally of " + name, tally_)) FAIL("the name is taken");
    own->node.subscribe(news_.ref());
    port_ = host.inside([this] {
      return own->node.listen(0,
                              {.host = host.address(), .insecure_listen_on_all_interfaces = true});
    });
  }

  cluster_node call(const member& other) const {
    return own->system.run(own->node.connect(other.host.address(), other.port_));
  }
  /// The next that it hears: "+name" of one that has come, "-name" of one that has gone.
  std::string hears() {
    return std::visit([](const auto& heard) { return text(heard); }, news_.receive());
  }
  std::vector<std::string> hears(std::size_t count) {
    std::vector<std::string> all;
    while (all.size() < count) all.push_back(hears());
    std::sort(all.begin(), all.end());
    return all;
  }
  bool hears_nothing() { return !news_.receive(0s).has_value(); }

  /// The node of that name, as long as there is a link.
  std::optional<cluster_node> link_to(const std::string& name) const {
    for (const cluster_node& each : own->node.nodes()) {
      if (each.name() == name) return each;
    }
    return std::nullopt;
  }
  /// The tally of that one.
  actor_ref<add, total> find(const std::string& name) const {
    const auto link = link_to(name);
    REQUIRE(link.has_value());
    return own->system.run(link->find<add, total>("tally of " + name));
  }

  const separate_host host;
  const std::unique_ptr<cluster_system> own;

 private:
  static std::string text(const node_up& up) { return '+' + up.node.name(); }
  static std::string text(const node_down& down) { return '-' + down.node.name(); }

  thread_mailbox<node_up, node_down> news_ = own->system.open_mailbox<node_up, node_down>();
  tally_ref tally_ = own->system.spawn<tally>();
  std::uint16_t port_ = 0;
};

using names = std::vector<std::string>;

struct three_members {
  member a{"a", 1}, b{"b", 2}, c{"c", 3};
  lossy_cable ab{a.host, b.host, 0}, ac{a.host, c.host, 0}, bc{b.host, c.host, 0};

  /// c hears of b from a, and calls it.
  three_members() {
    a.call(b);
    CHECK(a.hears() == "+b");
    CHECK(b.hears() == "+a");
    a.call(c);
    CHECK(a.hears() == "+c");
    CHECK(c.hears(2) == names{"+a", "+b"});
    CHECK(b.hears() == "+c");
  }
  void all_talk() const {
    for (const member* from : {&a, &b, &c}) {
      for (const char* to : {"a", "b", "c"}) {
        if (from->own->system.name() != to) CHECK(from->find(to).ask(total{}).get() == 0);
      }
    }
  }
};

constexpr lossy_cable::quality cut{.loss = 1};
constexpr lossy_cable::quality whole{};

}  // namespace

TEST_CASE("cluster: of three nodes each hears once who is cut off from it, and once who is back") {
  const deadline limit("a partition");
  if (!separate_host::may_be_made()) {
    MESSAGE("skipped: this program may not make network namespaces and TUN devices");
    return;
  }
  three_members m;
  auto& [a, b, c, ab, ac, bc] = m;
  m.all_talk();

  // Two that cannot see each other, though the third sees both.
  const auto a_to_c = a.find("c"), c_to_a = c.find("a"), b_to_c = b.find("c");
  ac.set(cut);
  CHECK(a.hears() == "-c");
  CHECK(c.hears() == "-a");
  CHECK_THROWS_AS(a_to_c.ask(total{}).get(), actor_down);
  CHECK(b.find("a").ask(total{}).get() == 0);
  CHECK(b_to_c.ask(total{}).get() == 0);
  ac.set(whole);
  CHECK(a.hears() == "+c");
  CHECK(c.hears() == "+a");
  m.all_talk();
  CHECK_THROWS_AS(a_to_c.ask(total{}).get(), actor_down);
  CHECK_THROWS_AS(c_to_a.ask(total{}).get(), actor_down);

  // One that nobody sees. It is joined to one after the other: CAF may drop both of two connections that two
  // nodes make at the same time.
  const auto c_to_b = c.find("b"), b_to_a = b.find("a");
  ab.set(cut);
  bc.set(cut);
  CHECK(b.hears(2) == names{"-a", "-c"});
  CHECK(a.hears() == "-b");
  CHECK(c.hears() == "-b");
  CHECK(a.find("c").ask(total{}).get() == 0);
  bc.set(whole);
  CHECK(b.hears() == "+c");
  CHECK(c.hears() == "+b");
  ab.set(whole);
  CHECK(b.hears() == "+a");
  CHECK(a.hears() == "+b");
  m.all_talk();
  CHECK_THROWS_AS(c_to_b.ask(total{}).get(), actor_down);
  CHECK_THROWS_AS(b_to_a.ask(total{}).get(), actor_down);
  CHECK_THROWS_AS(b_to_c.ask(total{}).get(), actor_down);

  for (member* each : {&a, &b, &c}) CHECK(each->hears_nothing());
}
