// SPDX-License-Identifier: BSD-3-Clause
//
// An actor here and an actor in another process, behind the same handle: who sends to them cannot
// tell which is which. The child process runs this same program; run() sees to it that it serves its
// parent instead of calling the lambda.
//
//   ./dev example account

#include <unistd.h>
#include <chrono>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct deposit {  // a message: any aggregate
  long cents = 0;
};
struct balance {  // a question: `reply` is the type of its answer
  using reply = long;
};
struct where_are_you {
  using reply = int;
};

class account : public actor<deposit, balance, where_are_you> {  // what it accepts is its base
 public:
  void on(deposit m) { cents_ += m.cents; }
  long on(balance) const { return cents_; }
  int on(where_are_you) const { return ::getpid(); }

 private:
  long cents_ = 0;  // no lock: one handler runs at a time
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    auto here = system.spawn<account>();
    process worker = co_await system.start_process({.name = "teller"});
    auto there = co_await worker.spawn<account>();  // another process, the same type of handle

    for (auto a : {here, there}) a.tell(deposit{250});
    long sum = co_await here.ask(balance{});
    sum +=
        co_await there.ask(balance{}, 2s);  // timeout_error if late, actor_down if the process dies

    const int pid = co_await there.ask(where_are_you{});
    const char* place =
        pid == worker.pid() && pid != ::getpid() ? "in two processes" : "in one process";
    std::cout << sum << " cents " << place << '\n';
    co_return 0;
  });
}
