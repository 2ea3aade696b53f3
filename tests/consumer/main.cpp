// SPDX-License-Identifier: BSD-3-Clause
// What a stranger writes: an actor here, the same actor in another process, and a barrier between.
#include <iostream>
#include <troupe/troupe.hpp>

struct deposit {
  long cents;
};
struct balance {
  using reply = long;
};

class account : public troupe::actor<deposit, balance> {
 public:
  void on(deposit m) { cents_ += m.cents; }
  long on(balance) const { return cents_; }

 private:
  long cents_ = 0;
};

int main(int argc, char** argv) {
  return troupe::run(argc, argv, [](troupe::actor_system& system) -> troupe::task<int> {
    auto here = system.spawn<account>();
    troupe::process teller = co_await system.start_process({.name = "teller"});
    auto there = co_await teller.spawn<account>();
    for (auto each : {here, there}) each.tell(deposit{250});
    const long mine = co_await here.ask(balance{});
    const long theirs = co_await there.ask(balance{});
    auto gate = troupe::barrier::spawn(system, {.parties = 1});
    const int index = co_await gate.wait();
    std::cout << "troupe " << troupe::version << ": " << mine + theirs << " cents\n";
    co_return mine + theirs == 500 && index == 0 ? 0 : 1;
  });
}
