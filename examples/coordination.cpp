// SPDX-License-Identifier: BSD-3-Clause
//
// A tour of the ways to wait for each other: three cooks in a kitchen. They start together (barrier), share
// two stoves (semaphore) and one knife (lock), put dishes on a pass (queue) from which a waiter takes them,
// and wait for the bell that ends the day (event); the guest waits until enough is served (condition), the
// host until all have swept their place (latch). One cook leaves with the knife in hand: the next is told.
//
//   ./dev example coordination

#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace troupe;
using namespace std::chrono_literals;

struct kitchen {  // handles are values: all of it can be sent to any process
  barrier start;
  semaphore stoves;
  lock knife;
  queue<std::string> pass;
  event bell;
  condition served;
  latch swept;
};

behavior cook(mailbox<>, kitchen k, std::string dish) {
  co_await k.start.wait();
  for (int portion = 1; portion <= 2; ++portion) {
    {
      const lock_guard held = co_await k.knife.acquire();  // released at the end of the scope
      co_await sleep_for(1ms);
    }
    const permits stove = co_await k.stoves.acquire();
    co_await sleep_for(1ms);
    (void)co_await k.pass.put(dish);
  }
  co_await k.bell.wait();
  co_await k.swept.count_down();
}

/// Takes from the pass what comes; whoever has what it counts must hold the condition's lock.
behavior waiter(mailbox<>, kitchen k, int& dishes) {
  while (const auto dish = co_await k.pass.get()) {
    const lock_guard held = co_await k.served.acquire();
    ++dishes;
    co_await k.served.notify();
  }
}

behavior thief(mailbox<>, lock knife) {
  const lock_guard held = co_await knife.acquire();
  co_await sleep_for(1h);  // and never gives it back
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const kitchen k{barrier::spawn(system, {.parties = 4}),
                    semaphore::spawn(system, 2),
                    lock::spawn(system),
                    queue<std::string>::spawn(system, {.maxsize = 4}),
                    event::spawn(system),
                    condition::spawn(system),
                    latch::spawn(system, 3)};
    int dishes = 0;
    for (const char* dish : {"soup", "fish", "cake"}) system.spawn<&cook>(k, std::string(dish));
    const actor_ref<> serving = system.spawn<&waiter>(k, std::ref(dishes));

    co_await k.start.wait();  // the fourth party
    std::cout << "the kitchen is open\n";
    {
      const lock_guard held = co_await k.served.acquire();
      co_await k.served.wait_for([&] { return dishes == 6; });
      std::cout << dishes << " dishes are served\n";
    }
    co_await k.bell.set();
    co_await k.swept.wait();
    co_await k.pass.shutdown();
    co_await ended(serving);
    std::cout << "the cooks have gone; stoves free: " << co_await k.stoves.value() << '\n';

    const actor_ref<> gone = system.spawn<&thief>(k.knife);
    while (!co_await k.knife.locked()) co_await sleep_for(1ms);
    gone.kill();
    const lock_guard held = co_await k.knife.acquire();
    std::cout << "the knife is " << (held.abandoned() ? "found abandoned" : "in its place") << '\n';
    co_return 0;
  });
}
