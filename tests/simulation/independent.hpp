// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <troupe/exploration.hpp>

struct note {
  int who = 0;
};

/// `actors` of `steps` independent steps each; remembers the orders that were seen.
struct independent {
  int actors;
  int steps;
  bool remember = false;
  std::set<std::vector<int>> seen = {};

  void operator()(troupe::simulation& sim) {
    struct writer : troupe::actor<note> {
      explicit writer(std::vector<int>& o) : out(o) {}
      std::vector<int>& out;
      void on(note n) { out.push_back(n.who); }
    };
    std::vector<int> order;
    for (int a = 0; a < actors; ++a) {
      auto w = sim.system().spawn<writer>(order);
      for (int s = 0; s < steps; ++s) w.tell(note{a});
    }
    sim.run();
    sim.require(static_cast<int>(order.size()) == actors * steps, "not all steps were made");
    if (remember) seen.insert(order);
  }
};
