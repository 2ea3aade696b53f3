// SPDX-License-Identifier: BSD-3-Clause
//
// A teller who trips over every tenth customer, and nobody outside notices: the supervisor makes a new
// one in the same place. The ref and the name stay good, and the customers in the queue are served.
//
//   ./dev example supervised

#include <iostream>
#include <stdexcept>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct customer {
  int number = 0;
};
struct served {
  using reply = int;
};

class ledger : public actor<customer, served> {  // does not trip: what must last is kept here
 public:
  void on(customer) { ++served_; }
  int on(served) const { return served_; }

 private:
  int served_ = 0;
};

class teller : public actor<customer> {
 public:
  explicit teller(actor_ref<customer> book) : book_(book) {}
  void on(customer c) {
    if (c.number % 10 == 0) throw std::runtime_error("customer " + std::to_string(c.number));
    book_.tell(c);
  }

 private:
  actor_ref<customer> book_;
};

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    auto book = system.spawn<ledger>();
    auto top = system.spawn<supervisor>(
        supervisor_options{.restarts_max = 5, .within = 1min, .backoff = {.initial = 1ms}},
        child<teller>("teller", book).named());

    const auto window = system.find<customer>("teller").value();
    for (int n = 1; n <= 51; ++n) window.tell(customer{n});  // five of them will not be served

    int done = 0;
    while (done < 46) done = co_await book.ask(served{});
    auto children = co_await top.ask(which_children{});
    std::cout << done << " served, " << children[0].name << " restarted " << children[0].restarts
              << " times\n";

    window.tell(customer{60});  // the sixth failure within a minute: the supervisor gives up
    const exit_reason why = co_await ended(top);
    std::cout << to_string(why) << '\n';
    co_return 0;
  });
}
