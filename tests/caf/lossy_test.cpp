// SPDX-License-Identifier: BSD-3-Clause
// Nodes on two hosts, with a cable between them on which packets are late, or lost.
#include <doctest/doctest.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <troupe/cluster.hpp>
#include <vector>

#include "lossy_cable.hpp"
#include "near_node.hpp"
#include "separate_host.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

using clock_type = std::chrono::steady_clock;

/// What is lost in this run: as $TROUPE_CABLE_SEED says, or something else each time.
std::uint64_t seed() {
  static const std::uint64_t chosen = [] {
    const char* given = std::getenv("TROUPE_CABLE_SEED");
    const std::uint64_t drawn = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    MESSAGE("TROUPE_CABLE_SEED=", drawn);
    return drawn;
  }();
  return chosen;
}

/// Of nodes that lose each other after a second.
cluster_options vigilant() {
  cluster_options o = watchful();
  o.heartbeat = 50ms;
  o.silence_max = 1s;
  o.handshake_timeout = 1s;
  return o;
}
/// Of nodes that do not, even if a packet and all that TCP sends in its place for some seconds are lost.
cluster_options patient() {
  cluster_options o = vigilant();
  o.silence_max = 5s;
  return o;
}

/// Two hosts, a cable between them, and on the far one a node that has a tally.
struct two_hosts {
  explicit two_hosts(const cluster_options& o) : options(o) {
    if (!there->system.register_name("tally", tally_there)) FAIL("the name is taken");
  }
  static std::unique_ptr<cluster_system> system_at(const separate_host& host, const char* name,
                                                   const cluster_options& options) {
    return host.inside([&] { return std::make_unique<cluster_system>(name, options); });
  }
  cluster_node join(cluster_system& caller) const {
    return caller.system.run(caller.node.connect(far.address(), port));
  }
  std::unique_ptr<near_node> call() const {
    return near.inside([&] { return std::make_unique<near_node>(far.address(), port, options); });
  }

  const cluster_options options;
  separate_host near{1}, far{2};
  lossy_cable cable{near, far, seed()};
  std::unique_ptr<cluster_system> there = system_at(far, "there", options);
  tally_ref tally_there = there->system.spawn<tally>();
  std::uint16_t port = far.inside([this] {
    return there->node.listen(0,
                              {.host = far.address(), .insecure_listen_on_all_interfaces = true});
  });
};

bool is_skipped() {
  if (separate_host::may_be_made()) return false;
  MESSAGE("skipped: this program may not make network namespaces and TUN devices");
  return true;
}

/// How long it takes, and what it throws.
struct attempt {
  template <class Work>
  explicit attempt(Work work) {
    const auto begun = clock_type::now();
    try {
      work();
    } catch (const cluster_error& error) {
      why = error.what();
    }
    took = clock_type::now() - begun;
  }
  std::chrono::nanoseconds took{};
  std::string why;
};

}  // namespace

TEST_CASE("cluster: over a long way nodes stay joined, and what is told arrives in order") {
  const deadline limit("a long way");
  if (is_skipped()) return;
  cluster_options options = vigilant();
  options.heartbeat = 400ms;  // CAF has to get through its handshake between two of them
  options.handshake_timeout = 5s;
  two_hosts hosts(options);
  hosts.cable.set({.delay = 30ms, .jitter = 10ms});
  const auto p = hosts.call();
  p->out.tell(10'000);
  p->out.is_complete();
  for (int i = 0; i < 5; ++i) CHECK(attempt([&] { p->out.tally.ask(total{}).get(); }).took >= 60ms);
  // Now there is nothing to be heard but signs of life.
  CHECK_FALSE(p->news.receive<node_down>(options.silence_max * 5 / 4).has_value());
  p->out.is_complete();
  CHECK(p->there.is_connected());
}

TEST_CASE("cluster: of what is told both ways nothing is lost with packets, and nothing twice") {
  const deadline limit("lost packets");
  if (is_skipped()) return;
  two_hosts hosts(patient());
  const auto p = hosts.call();
  hosts.cable.set({.delay = 2ms, .jitter = 1ms, .loss = 0.05});
  const auto tally_here = p->here.system.spawn<tally>();
  REQUIRE(p->here.system.register_name("tally", tally_here).has_value());
  const auto known_there = hosts.there->node.nodes();
  REQUIRE(known_there.size() == 1);
  teller back{tally_on(*hosts.there, known_there.front())};
  while (hosts.cable.so_far().lost < 50) {
    p->out.tell(5'000);
    back.tell(5'000);
    p->out.is_complete();
    back.is_complete();
  }
  CHECK(p->there.is_connected());
  CHECK_FALSE(p->news.receive<node_down>(0s).has_value());
}

TEST_CASE("cluster: a node of which all packets are lost is down in time, and back as another") {
  const deadline limit("all packets lost");
  if (is_skipped()) return;
  two_hosts hosts(vigilant());
  const auto p = hosts.call();
  hosts.cable.set({.delay = 20ms, .jitter = 5ms, .loss = 0.2});
  p->out.tell(500);
  hosts.cable.set({.loss = 1});
  p->out.tell(500);
  CHECK(attempt([&] { p->loses(); }).took < 2 * hosts.options.silence_max);
  p->out.tell(500);
  hosts.cable.set({});
  const node_up again = p->news.receive<node_up>();
  CHECK_FALSE(again.node == p->there);
  CHECK_THROWS_AS(p->out.tally.ask(total{}).get(), actor_down);
  // What has arrived is a prefix of what was told, and none of it comes again.
  const auto anew = tally_on(p->here, again.node);
  const long arrived = anew.ask(in_order{}).get();
  CHECK(arrived >= 1000);
  CHECK(arrived <= 2000);
  CHECK(anew.ask(total{}).get() == arrived * (arrived - 1) / 2);
}

TEST_CASE("cluster: a node ends in time though nothing that it has to say arrives") {
  const deadline limit("the end of a node out of reach");
  if (is_skipped()) return;
  two_hosts hosts(vigilant());
  auto p = hosts.call();
  hosts.cable.set({.loss = 1});
  p->out.tell(20'000);
  SUBCASE("it does not know yet") {}
  SUBCASE("it has lost the other node") { p->loses(); }
  CHECK(attempt([&] { p.reset(); }).took < 3 * hosts.options.silence_max);
}

TEST_CASE("cluster: a handshake of which packets are lost succeeds or says why, in time") {
  const deadline limit("packets of handshakes lost");
  if (is_skipped()) return;
  constexpr auto far_more = 1s;  // for a busy machine
  cluster_options options = patient();
  two_hosts hosts(options);
  SUBCASE("all of them") {
    options.handshake_timeout = 300ms;
    auto caller = hosts.system_at(hosts.near, "caller", options);
    for (const std::uint64_t packets : {0, 1}) {
      hosts.cable.set({.packets_left = packets});
      const attempt call([&] { hosts.join(*caller); });
      CHECK(call.why.find("it does not answer") != std::string::npos);
      CHECK(call.took < options.handshake_timeout + far_more);
    }
    CHECK(attempt([&] { caller.reset(); }).took < far_more);
  }
  SUBCASE("some") {
    options.handshake_timeout = 1500ms;  // TCP begins anew after a second
    std::vector<std::unique_ptr<cluster_system>> callers;
    for (int i = 0; i < 6; ++i) callers.push_back(hosts.system_at(hosts.near, "caller", options));
    hosts.cable.set({.loss = 0.1});
    std::vector<std::future<attempt>> calls;
    for (const auto& caller : callers) {
      calls.push_back(std::async(std::launch::async, [&hosts, &caller = *caller] {
        return attempt([&] { hosts.join(caller); });
      }));
    }
    int joined = 0;
    for (auto& each : calls) {
      const attempt call = each.get();
      // Once until there is a connection of CAF's, once for ours over it.
      if (!call.why.empty()) CHECK(call.took < 2 * options.handshake_timeout + far_more);
      joined += call.why.empty() ? 1 : 0;
    }
    CHECK(joined > 0);
  }
}
