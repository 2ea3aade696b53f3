// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/cluster.hpp>

#include "deadline.hpp"
#include "messages.hpp"

/// A system that is a node of a cluster.
struct cluster_system {
  cluster_system(const std::string& name, const troupe::cluster_options& options)
      : system({.name = name, .workers = 1, .shutdown_timeout = std::chrono::seconds{10}}),
        node(system, options) {}
  ~cluster_system() { system.shutdown(); }
  troupe::cluster_node join(std::uint16_t port) {
    return system.run(node.connect("127.0.0.1", port));
  }

  troupe::actor_system system;
  troupe::cluster node;
};

/// Two nodes that have met, as far as the library can tell on two machines. `there` has called.
struct two_nodes {
  explicit two_nodes(const char* test, const troupe::cluster_options& options = {})
      : limit(test), here("here", options), there("there", options) {}
  deadline limit;
  cluster_system here, there;
  std::uint16_t port = here.node.listen(0);
  troupe::cluster_node to_here = there.join(port);
};
