// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <lock_coordinator.hpp>
#include <rwlock_coordinator.hpp>
#include <semaphore_coordinator.hpp>
#include <troupe/condition.hpp>
#include <troupe/exploration.hpp>
#include <troupe/lock.hpp>
#include <troupe/once.hpp>
#include <troupe/rwlock.hpp>
#include <troupe/semaphore.hpp>

#include "shuts_down.hpp"
#include "sweeps.hpp"

namespace lock_sweep_test {

/// Locks, semaphores, conditions and what is done once, with a death at each step: nobody waits for the dead, and nobody is let
/// in beside the living. The same scenarios find the mistakes that are planted in coordinators like ours.
using namespace troupe;
using namespace std::chrono_literals;

namespace {

using door_ref = lock::coordinator_ref;
using places_ref = semaphore::coordinator_ref;

/// Counts who is inside; leaves before the guard that stands before it.
struct inside {
  std::size_t& count;
  inside(std::size_t& c, std::size_t n) : count(c), amount(n) { count += n; }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;
  ~inside() { count -= amount; }
  std::size_t amount;
};

/// Three who may die want the lock twice each, one of them with a deadline of its own.
void hold_in_turn(simulation& sim, const door_ref& door) {
  std::size_t count = 0;
  bool half_done = false;
  auto visit = [&](mailbox<>, std::chrono::nanoseconds patience) -> behavior {
    for (int i = 0; i < 2; ++i) {
      auto asked = door.ask(messages::lock_acquire{}, patience).result();
      auto held = co_await asked;
      if (!held) continue;
      const lock_guard guard = std::move(*held);
      const inside here{count, 1};
      sim.require(count == 1, "two hold the lock");
      sim.require(!half_done || guard.abandoned(), "who comes after a dead holder is not told");
      half_done = true;
      co_await sleep_for(1ms);
      half_done = false;
    }
  };
  const shuts_down last{sim};
  for (const auto patience : {0ns, 0ns, 1500000ns})
    sim.may_die(sim.system().spawn(visit, patience));
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(!door.ask(messages::lock_is_locked{}).get(), "a dead holder has the lock");
  sim.require(door.ask(messages::holdings_of{}).get().wanted.empty(), "there is a ghost in line");
}

/// One wakes, and gives up at the moment in which the lock comes back to it from one who has died.
void wake_too_late(simulation& sim) {
  const condition turns = condition::spawn(sim.system());
  bool asleep = false, holds = false, told = false;
  const shuts_down last{sim};
  sim.system().spawn([&](mailbox<>) -> behavior {
    const lock_guard guard = co_await turns.acquire();
    asleep = true;
    auto asked = turns.coordinator().ask(messages::condition_wait{}, 10ms).result();
    const auto back = co_await asked;
    told = back && back->abandoned;
  });
  const auto holder = sim.system().spawn([&](mailbox<>) -> behavior {
    while (!asleep) co_await sleep_for(1ms);
    const lock_guard guard = co_await turns.acquire();
    co_await turns.notify();
    holds = true;
    co_await sleep_for(1h);
  });
  while (!holds && sim.step()) continue;
  holder.kill();
  sim.run();
  const lock_guard next = turns.try_acquire().get();
  sim.require(next && (told || next.abandoned()), "who comes after a dead holder is not told");
}

/// Three who may die want to read and to write, one of them not for long.
void read_and_write(simulation& sim, const rwlock& door) {
  std::size_t readers = 0, writers = 0;
  auto visit = [&](mailbox<>, bool writes, std::chrono::nanoseconds patience) -> behavior {
    for (int i = 0; i < 2; ++i, writes = !writes) {
      const lock_guard held =
          writes ? co_await door.acquire(patience) : co_await door.acquire_shared();
      if (!held) continue;
      const inside here{writes ? writers : readers, 1};
      sim.require(writers == 0 || (writers == 1 && readers == 0), "somebody is in beside a writer");
      co_await sleep_for(1ms);
    }
  };
  const shuts_down last{sim};
  sim.may_die(sim.system().spawn(visit, false, 1h));
  sim.may_die(sim.system().spawn(visit, true, 1h));
  sim.may_die(sim.system().spawn(visit, true, 500us));
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(!door.locked().get(), "a dead holder has the lock");
  sim.require(door.waiting().get() == 0, "there is a ghost in line");
}

/// Two permits; three who may die want one or two of them.
void share_places(simulation& sim, const places_ref& places) {
  std::size_t count = 0;
  auto visit = [&](mailbox<>, std::size_t n) -> behavior {
    for (int i = 0; i < 2; ++i) {
      const permits some = co_await places.ask(messages::semaphore_acquire{n, {}, {}});
      const inside here{count, n};
      sim.require(count <= 2, "there are more inside than places");
      co_await sleep_for(1ms);
    }
  };
  const shuts_down last{sim};
  for (const std::size_t n : {1u, 2u, 1u}) sim.may_die(sim.system().spawn(visit, n));
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(places.ask(messages::semaphore_value{}).get() == 2, "a permit is lost");
}

/// Two who may die and one who may not wait for an item each; three are brought, with a notification each.
void wait_for_items(simulation& sim) {
  const condition items = condition::spawn(sim.system());
  int there = 0;
  bool served = false;
  auto take = [&](mailbox<>, bool mortal) -> behavior {
    const lock_guard held = co_await items.acquire();
    co_await items.wait_for([&] { return there > 0; });
    --there;
    served |= !mortal;
  };
  auto bring = [&](mailbox<>) -> behavior {
    for (int i = 0; i < 3; ++i) {
      const lock_guard held = co_await items.acquire();
      ++there;
      co_await items.notify();
    }
  };
  const shuts_down last{sim};
  for (const bool mortal : {true, true, false}) {
    const auto taker = sim.system().spawn(take, mortal);
    if (mortal) sim.may_die(taker);
  }
  sim.system().spawn(bring);
  sim.run();
  sim.require(served, "a notification went to the dead");
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(!items.locked().get() && items.sleeping().get() == 0, "the dead have left something");
}

/// Three who may die and one who may not want something done once, which takes a while; one of them throws.
void do_once(simulation& sim, const once<int>& thing) {
  std::size_t at_work = 0;
  int served = 0;
  auto come = [&](mailbox<>, int number) -> behavior {
    const auto work = [&]() -> task<int> {
      const inside here{at_work, 1};
      sim.require(at_work == 1, "two are at it");
      co_await sleep_for(1ms);
      if (number == 0) throw std::runtime_error("the first of them throws");
      co_return number;
    };
    try {
      const int result = co_await thing.call(work);
      sim.require(served == 0 || served == result, "it was done twice");
      served = result;
    } catch (const std::runtime_error&) {
      sim.require(number == 0, "it has failed by another's work");
    }
  };
  const shuts_down last{sim};
  for (int number = 0; number < 4; ++number) {
    const auto who = sim.system().spawn(come, number);
    if (number != 3) sim.may_die(who);
  }
  sim.run();
  sim.require(served != 0, "nobody has done it");
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(thing.done().get() && thing.waiting().get() == 0, "it is not as it should be");
}

/// The mistake: what the dead held is not taken back. Both ways in which it comes are deaf: the guard that
/// goes with its actor, and the news of the end.
template <class Coordinator>
class trusting_in_the_dead : public Coordinator {
 public:
  using Coordinator::Coordinator;
  using Coordinator::on;
  promise<void> on(const messages::claim_returned& m) {
    return m.abandoned ? this->template make_promise<void>() : Coordinator::on(m);
  }
  void on(const down&) {}
};
using wrong_lock = trusting_in_the_dead<detail::lock_coordinator>;
using wrong_once = trusting_in_the_dead<detail::once_coordinator<int>>;
using wrong_rwlock = trusting_in_the_dead<detail::rwlock_coordinator>;
using wrong_semaphore = trusting_in_the_dead<detail::semaphore_coordinator>;

}  // namespace

TEST_CASE("lock: nobody waits for the dead and no two hold it, whoever dies at whatever step") {
  survives_each_death(
      [](simulation& sim) { hold_in_turn(sim, lock::spawn(sim.system()).coordinator()); });
}
TEST_CASE(
    "lock: that a holder has died is not lost with one who gave up as it was granted the lock") {
  const exploration slow =
      explore({.seeds = 2000, .kills = 1, .stall_every = 3},
              [](simulation& sim) { hold_in_turn(sim, lock::spawn(sim.system()).coordinator()); });
  CHECK_FALSE(slow.found);
}
TEST_CASE("condition: that a holder has died is not lost with one who gave up as it woke") {
  const exploration slow = explore({.seeds = 1000, .stall_every = 3}, wake_too_late);
  CHECK_FALSE(slow.found);
}
TEST_CASE(
    "rwlock: nobody waits for the dead or is in beside a writer, whoever dies at whatever step") {
  survives_each_death([](simulation& sim) { read_and_write(sim, rwlock::spawn(sim.system())); });
}
TEST_CASE("semaphore: no permit is lost and none is had twice, whoever dies at whatever step") {
  survives_each_death(
      [](simulation& sim) { share_places(sim, semaphore::spawn(sim.system(), 2).coordinator()); });
}
TEST_CASE("condition: no notification goes to the dead, whoever dies at whatever step") {
  survives_each_death(wait_for_items);
}

TEST_CASE("once: it is done once, and nobody waits for the dead, whoever dies at whatever step") {
  survives_each_death([](simulation& sim) { do_once(sim, once<int>::spawn(sim.system())); });
}

TEST_CASE("sweep: finds a turn that is lost") {
  sweep_finds([](simulation& sim) {
    do_once(sim, handle_to<once<int>>(sim.system().spawn<wrong_once>()));
  });
}
TEST_CASE("sweep: finds a lock that is not freed on death") {
  sweep_finds([](simulation& sim) {
    hold_in_turn(sim, sim.system().spawn<wrong_lock>(detail::recursion::none));
  });
}
TEST_CASE("sweep: finds an rwlock that is not freed on death") {
  sweep_finds([](simulation& sim) {
    read_and_write(sim, handle_to<rwlock>(sim.system().spawn<wrong_rwlock>()));
  });
}
TEST_CASE("sweep: finds a permit that is lost") {
  sweep_finds([](simulation& sim) {
    share_places(sim, sim.system().spawn<wrong_semaphore>(2, detail::bound::none));
  });
}

}  // namespace lock_sweep_test
