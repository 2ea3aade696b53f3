// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <troupe/cluster.hpp>
#include <troupe/thread_mailbox.hpp>

#include "messages.hpp"
#include "two_nodes.hpp"

/// Tells a tally one number after the other.
struct teller {
  node_test::tally_ref tally;
  long told = 0;

  void tell(long count) {
    for (long i = 0; i < count; ++i) tally.tell(node_test::add{told++});
  }
  /// All of them have arrived, in order, and each of them once.
  void is_complete() const {
    CHECK(tally.ask(node_test::in_order{}).get() == told);
    CHECK(tally.ask(node_test::total{}).get() == sum());
  }
  long sum() const { return told * (told - 1) / 2; }
};

inline node_test::tally_ref tally_on(cluster_system& here, const troupe::cluster_node& node) {
  using namespace node_test;
  return here.system.run(node.find<add, total, in_order, block, pid>("tally"));
}

/// This program as a node that has called one with a tally, and what it hears of that.
struct near_node {
  cluster_system here;
  troupe::thread_mailbox<troupe::node_up, troupe::node_down> news =
      here.system.open_mailbox<troupe::node_up, troupe::node_down>();
  troupe::cluster_node there;
  teller out;

  near_node(const std::string& host, std::uint16_t port,
            const troupe::cluster_options& options = node_test::watchful())
      : here("here", options), there(here.system.run(here.node.connect(host, port))) {
    here.node.subscribe(news.ref());
    CHECK(news.receive<troupe::node_up>().node == there);
    out.tally = tally_on(here, there);
    out.tell(1000);
    out.is_complete();
  }

  /// Nothing answers there any more, and that is noticed.
  troupe::node_down loses() {
    auto open = out.tally.ask(node_test::total{});
    CHECK_THROWS_AS(std::move(open).get(), troupe::actor_down);
    const auto lost = news.receive<troupe::node_down>();
    CHECK(lost.node == there);
    return lost;
  }
  /// Another incarnation, which remembers; refs into the one before stay dead.
  void has_it_back() {
    const auto again = news.receive<troupe::node_up>();
    CHECK_FALSE(again.node == there);
    CHECK(tally_on(here, again.node).ask(node_test::total{}).get() == out.sum());
    CHECK_THROWS_AS(out.tally.ask(node_test::total{}).get(), troupe::actor_down);
  }
};
