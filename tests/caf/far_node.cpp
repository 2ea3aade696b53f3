// SPDX-License-Identifier: BSD-3-Clause
// A node that a test starts and strikes: prints its port, has a tally, goes on until its input ends.
//   far_node [everywhere]    "everywhere": on all interfaces of where it runs
#include <iostream>
#include <string_view>
#include <troupe/cluster.hpp>

#include "messages.hpp"

int main(int argc, char** argv) {
  const bool everywhere = argc > 1 && std::string_view(argv[1]) == "everywhere";
  troupe::actor_system system({.name = "far", .workers = 1});
  troupe::cluster node(system, node_test::watchful());
  const auto mine = system.spawn<node_test::tally>();
  if (!system.register_name("tally", mine)) return 1;
  std::cout << node.listen(0, {.insecure_listen_on_all_interfaces = everywhere}) << std::endl;
  std::cin.get();
  return system.shutdown() ? 0 : 1;
}
