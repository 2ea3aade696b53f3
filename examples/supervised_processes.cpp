// SPDX-License-Identifier: BSD-3-Clause
//
// Two tellers, each in a process of its own. One of them crashes for good reason, and is there again under
// its name: the supervisor has had another process started, and who held its ref goes on using it.
//
//   ./dev example supervised_processes

#include <unistd.h>
#include <csignal>
#include <iostream>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct customer {
  using reply = std::string;  // who has served
  int number = 0;
};
struct where {
  using reply = std::int64_t;
};
struct robbery {};

class teller : public actor<customer, where, robbery> {
 public:
  explicit teller(std::string name) : name_(std::move(name)) {}
  std::string on(customer c) const { return name_ + " serves " + std::to_string(c.number); }
  std::int64_t on(where) const { return getpid(); }
  void on(robbery) { std::_Exit(3); }  // the whole process

 private:
  std::string name_;
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    auto top = system.spawn<supervisor>(
        supervisor_options{.restarts_max = 5, .within = 1min},
        process_child<teller>("left", {}, std::string("left")).named(),
        process_child<teller>("right", {.method = start_method::forkserver}, std::string("right"))
            .named());

    auto left = system.find<customer, where, robbery>("left").value();
    auto right = system.find<customer, where>("right").value();
    std::cout << co_await left.ask(customer{1}) << '\n' << co_await right.ask(customer{2}) << '\n';
    const std::int64_t before = co_await left.ask(where{});

    left.tell(robbery{});
    std::string served;
    while (served.empty()) {  // a question that the dead process had taken is lost with it
      auto again = left.ask(customer{3});
      auto answer = co_await std::move(again).result();
      if (answer) served = *answer;
    }
    const std::int64_t after = co_await left.ask(where{});
    std::cout << served << (before == after ? ", in the same process\n" : ", in a new process\n");

    auto children = co_await top.ask(which_children{});
    for (const child_info& each : children)
      std::cout << each.name << " restarted " << each.restarts << " times\n";
    top.stop();
    co_await ended(top);
    co_return 0;
  });
}
