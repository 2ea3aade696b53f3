// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>
#include <troupe/cluster.hpp>
#include <troupe/process.hpp>

#include "places.hpp"

namespace troupe::conformance {

cluster_options of_these_rows() { return {.key = "only nodes of these rows"}; }

/// Asks for the port at which it is to be reached.
struct port_of {
  using reply = std::uint16_t;
};
/// Asks how many other nodes it has a link to.
struct acquaintances_of {
  using reply = std::size_t;
};

/// A node that is the only one of its process, which else has nothing to say to that of the body.
class node_keeper : public actor<port_of, acquaintances_of> {
 public:
  std::uint16_t on(port_of) { return cluster_.listen(0); }
  std::size_t on(acquaintances_of) const { return cluster_.nodes().size(); }

 private:
  actor_system system_{{.name = "far", .workers = 2}};
  cluster cluster_{system_, of_these_rows()};
};

namespace {

class node_home final : public home {
 public:
  node_home(process child, cluster_node node) : child_(std::move(child)), node_(std::move(node)) {}

  bool is_alive() const override { return node_.is_connected(); }
  void kill() override { child_.kill(); }

 private:
  detail::address node_actor() const override { return node_.node().where(); }

  process child_;
  cluster_node node_;
};

/// Each party on a node of its own, at the other end of a connection; the coordinators on the body's, or,
/// where `served`, on one more.
class nodes final : public place {
 public:
  explicit nodes(bool served) : served_(served) {}
  ~nodes() override {
    forget_homes();
    CHECK(system_.shutdown());
  }

  std::string_view name() const override {
    return served_ ? "nodes, coordinators on one of their own" : "nodes";
  }
  actor_system& system() override { return system_; }
  bool parties_apart() const override { return true; }
  bool coordinators_apart() const override { return served_; }
  bool tells_signals() const override { return false; }

 private:
  std::shared_ptr<home> start_home() override {
    process child = starter_.run(starter_.start_process({.method = start_method::forkserver}));
    const auto keeper = starter_.run(child.spawn<node_keeper>());
    const std::uint16_t port = keeper.ask(port_of{}).get();
    cluster_node node = system_.run(cluster_.connect("127.0.0.1", port));
    // All know all: a handle goes from one to the other.
    eventually([&] { return keeper.ask(acquaintances_of{}).get() >= cluster_.nodes().size(); });
    return std::make_shared<node_home>(std::move(child), std::move(node));
  }
  std::shared_ptr<home> home_of_coordinators() override {
    if (!server_ || !server_->is_alive()) server_ = start_home();
    return server_;
  }

  const bool served_;
  actor_system starter_{{.workers = 1, .shutdown_timeout = std::chrono::seconds{20}}};
  actor_system system_{{.workers = 2, .shutdown_timeout = std::chrono::seconds{20}}};
  cluster cluster_{system_, of_these_rows()};
  std::shared_ptr<home> server_;
};

}  // namespace

std::unique_ptr<place> make_nodes() { return std::make_unique<nodes>(false); }
std::unique_ptr<place> make_served_nodes() { return std::make_unique<nodes>(true); }

}  // namespace troupe::conformance
