// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <troupe/cluster.hpp>

#include "eventually.hpp"
#include "two_nodes.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

template <class Error, class Work>
std::string refusal(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string key = "sixteen bytes at least";

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("cluster: two nodes find, tell, ask and watch each other") {
  two_nodes p("two nodes");
  CHECK(p.to_here.name() == "here");
  CHECK(p.to_here.is_connected());
  auto mine = p.here.system.spawn<tally>();
  REQUIRE(p.here.system.register_name("tally", mine).has_value());
  const auto found = p.there.system.run(p.there.node.find<add, total, in_order, block>("tally"));
  constexpr long count = 20'000;
  for (long i = 0; i < count; ++i) found.tell(add{i});
  CHECK(found.ask(in_order{}).get() == count);
  CHECK(found.ask(total{}).get() == count * (count - 1) / 2);
  CHECK(found.ask(block{std::vector<std::byte>(3 << 20)}).get() == 3 << 20);
  // The other way round, by a ref that came in a message.
  auto watching = p.here.system.spawn<watcher>();
  REQUIRE(p.here.system.register_name("watcher", watching).has_value());
  const auto far = p.there.system.run(p.to_here.find<watch, how_ended>("watcher"));
  auto there = p.there.system.spawn<tally>();
  CHECK(far.ask(watch{there}).get());
  there.stop();
  CHECK(far.ask(how_ended{}).get().is_normal());
  CHECK(says(refusal<name_error>([&] { p.there.system.run(p.there.node.find<add>("nobody")); }),
             "nobody"));
}

TEST_CASE("cluster: an actor is spawned on another node, if there is a key") {
  SUBCASE("with a key") {
    two_nodes p("spawn with a key", {.key = key});
    const auto made = p.there.system.run(p.to_here.spawn<tally>(5L));
    CHECK(made.ask(total{}).get() == 5);
  }
  SUBCASE("without") {
    two_nodes p("spawn without a key");
    CHECK(says(refusal<handler_error>([&] { p.there.system.run(p.to_here.spawn<tally>(5L)); }),
               "may spawn here"));
  }
}

TEST_CASE("cluster: who joins one node is linked to the others") {
  two_nodes p("three nodes");
  p.there.node.listen(0);
  eventually([&] { return p.here.node.nodes().size() == 1; });
  cluster_system third("third", {});
  third.join(p.port);
  eventually([&] { return third.node.nodes().size() == 2; });
  eventually([&] { return p.there.node.nodes().size() == 2; });
  eventually([&] { return p.here.node.nodes().size() == 2; });
  auto mine = third.system.spawn<tally>(3L);
  REQUIRE(third.system.register_name("third's", mine).has_value());
  const auto found = p.there.system.run(p.there.node.find<total>("third's"));
  CHECK(found.ask(total{}).get() == 3);
}

TEST_CASE("cluster: a ref into a node that has gone, passed on by who knew it, is answered for") {
  two_nodes p("a node that has gone");
  auto third = std::make_unique<cluster_system>("third", cluster_options{});
  p.there.node.listen(0);
  third->join(p.port);
  auto gone = third->system.spawn<tally>();
  REQUIRE(third->system.register_name("gone", gone).has_value());
  eventually([&] { return p.here.node.nodes().size() == 2 && p.there.node.nodes().size() == 2; });
  const auto known = p.here.system.run(p.here.node.find<add, total>("gone"));
  third.reset();
  eventually([&] { return p.here.node.nodes().size() == 1 && p.there.node.nodes().size() == 1; });
  auto watching = p.there.system.spawn<watcher>();
  REQUIRE(p.there.system.register_name("watcher", watching).has_value());
  const auto far = p.here.system.run(p.here.node.find<watch, how_ended>("watcher"));
  CHECK(far.ask(watch{known}).get());  // who watches has never heard of that node
  CHECK(far.ask(how_ended{}).get().what == exit_reason::cause::connection_lost);
}

TEST_CASE("cluster: the end of a link is the end of what lies there") {
  two_nodes p("the end of a link");
  auto mine = p.here.system.spawn<tally>();
  REQUIRE(p.here.system.register_name("tally", mine).has_value());
  const auto found = p.there.system.run(p.to_here.find<add, total>("tally"));
  auto watching = p.there.system.spawn<watcher>();
  CHECK(watching.ask(watch{found}).get());
  CHECK(found.ask(total{}).get() == 0);  // behind the watch on the same way
  for (int i = 0; i < 1000; ++i) found.tell(add{1});
  p.to_here.close();
  const exit_reason why = watching.ask(how_ended{}).get();
  CHECK(why.what == exit_reason::cause::connection_lost);
  CHECK(says(why.text, "'here'"));
  CHECK_FALSE(p.to_here.is_connected());
  eventually([&] { return mine.ask(total{}).get() == 1000; });
  // Another incarnation: new refs work, old ones stay dead.
  eventually([&] { return p.here.node.nodes().empty(); });
  const cluster_node again = p.there.join(p.port);
  CHECK(again.is_connected());
  CHECK_FALSE(again == p.to_here);
  const auto anew = p.there.system.run(again.find<total>("tally"));
  CHECK(anew.ask(total{}).get() == 1000);
  CHECK(refusal<actor_down>([&] { found.ask(total{}).get(); }) != "");
}

TEST_CASE("cluster: nodes come and go as messages") {
  struct listener : actor<node_up, node_down, total> {
    void on(const node_up& news) { names += "+" + news.node.name(); }
    void on(const node_down& news) { names += "-" + news.node.name(); }
    long on(total) const { return static_cast<long>(names == "+there-there"); }
    std::string names;
  };
  two_nodes p("node up and down");
  auto told = p.here.system.spawn<listener>();
  p.here.node.subscribe(told);
  p.to_here.close();
  eventually([&] { return told.ask(total{}).get() == 1; });
}

TEST_CASE("cluster: who joins a node again has the one that is there") {
  two_nodes p("joins again");
  CHECK(p.there.join(p.port) == p.to_here);
  CHECK(p.there.node.nodes().size() == 1);
}

TEST_CASE("cluster: who does not fit is refused, and nobody else notices") {
  two_nodes p("refusals", {.key = key});
  cluster_system keyless("keyless", {});
  CHECK(says(refusal<cluster_error>([&] { keyless.join(p.port); }), "wants a key"));
  cluster_system other("other", {.key = "another sixteen bytes"});
  CHECK(says(refusal<cluster_error>([&] { other.join(p.port); }), "keys of the two differ"));
  CHECK(says(refusal<cluster_error>([&] { p.here.join(p.port); }), "meet itself"));
  CHECK(refusal<cluster_error>([&] { other.join(1); }) != "");
  CHECK(p.there.system.run(p.to_here.spawn<tally>(5L)).ask(total{}).get() == 5);
  eventually([&] { return p.here.node.refused() >= 2; });
}

TEST_CASE("cluster: options that cannot be are refused by name") {
  const auto why = [](const cluster_options& options) {
    return refusal<std::invalid_argument>([&] { cluster_system s("options", options); });
  };
  CHECK(says(why({.key = "short"}), "key"));
  CHECK(says(why({.heartbeat = 0ns}), "heartbeat"));
  CHECK(says(why({.silence_max = 1ms}), "silence_max"));
  CHECK(says(why({.handshake_timeout = 0ns}), "handshake_timeout"));
  CHECK(says(why({.reconnect_pause = 0ns}), "reconnect_pause"));
  CHECK(says(why({.tls = cluster_tls{"/none", "/none", "/none"}}), "tls.certificate"));
  cluster_system s("options", {});
  CHECK(says(refusal<std::invalid_argument>([&] { s.node.listen(0, {.host = "192.0.2.1"}); }),
             "not a loopback address"));
  const auto port = s.node.listen(0);
  CHECK(refusal<misuse_error>([&] { s.node.listen(0); }) != "");
  cluster_system t("another", {});
  CHECK(says(refusal<cluster_error>([&] { t.node.listen(port); }), std::to_string(port).c_str()));
}
