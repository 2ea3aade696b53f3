// SPDX-License-Identifier: BSD-3-Clause
// Searches for a race in a small protocol, and prints the seed that shows it and what happened then.
//
//   simulation
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;

struct balance {
  using reply = long;
};
struct set_balance {
  long cents;
};

class account : public actor<balance, set_balance> {
 public:
  long on(balance) const { return cents_; }
  void on(set_balance m) { cents_ = m.cents; }

 private:
  long cents_ = 0;
};

// The race: what is read may be old when it is written back.
behavior deposit(mailbox<>, actor_ref<balance, set_balance> to, long cents) {
  const long before = co_await to.ask(balance{});
  to.tell(set_balance{before + cents});
}

void two_tellers(simulation& sim) {
  auto shared = sim.system().spawn<account>();
  sim.system().spawn<&deposit>(shared, 100);
  sim.system().spawn<&deposit>(shared, 50);
  sim.run();
  const long sum = shared.ask(balance{}).get();
  sim.require(sum == 150, "a deposit is lost: " + std::to_string(sum) + " cents of 150");
}

int main() {
  const exploration seen = explore({.seeds = 100, .print = false}, two_tellers);
  std::cout << to_string(seen);
  return seen.found ? 0 : 1;
}
