// SPDX-License-Identifier: BSD-3-Clause
//
// The smallest program: an actor, a message to it, a question and the answer.
//
//   ./dev example hello [NAME]

#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace troupe;

struct greeting {
  using reply = std::string;  // so it can be asked
  std::string name;
};

class greeter : public actor<greeting> {
 public:
  std::string on(const greeting& m) {
    return "Hello, " + m.name + "! You are guest " + std::to_string(++guests_) + ".";
  }

 private:
  int guests_ = 0;  // no lock: one handler runs at a time
};

int main(int argc, char** argv) {
  return run(argc, argv, [&](actor_system& system) -> task<int> {
    auto host = system.spawn<greeter>();
    host.tell(greeting{"nobody in particular"});  // sent, and not waited for
    std::cout << co_await host.ask(greeting{argc > 1 ? argv[1] : "world"}) << '\n';
    co_return 0;
  });
}
