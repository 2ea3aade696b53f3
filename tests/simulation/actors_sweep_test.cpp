// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <latch_coordinator.hpp>
#include <set>
#include <troupe/barrier.hpp>
#include <troupe/event.hpp>
#include <troupe/exploration.hpp>
#include <troupe/latch.hpp>

#include "shuts_down.hpp"
#include "sweeps.hpp"

namespace actors_sweep_test {

/// The ready-made actors, with a death at each step: nobody waits for the dead (G5).
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct begin {};

/// Three parties, two rounds; who dies breaks the barrier, and all others get away.
void pass_together(simulation& sim) {
  const barrier gate = barrier::spawn(sim.system(), {.parties = 3});
  std::set<int> indices[2];
  auto body = [&indices](mailbox<begin> mail, barrier g) -> behavior {
    co_await mail.receive<begin>();
    for (auto& round : indices) {
      const auto index = co_await g.wait().result();
      if (!index) co_return;
      round.insert(*index);
    }
  };
  std::vector<actor_ref<begin>> parties;
  for (int i = 0; i < 3; ++i) parties.push_back(sim.system().spawn(body, gate));
  for (auto& p : parties) sim.may_die(p);
  sim.system().run([](barrier g, std::vector<actor_ref<begin>> all) -> task<void> {
    co_await g.enroll(all[0], all[1], all[2]);
    for (auto& p : all) p.tell(begin{});
  }(gate, parties));
  sim.run();
  sim.require(sim.system().live_actors() == 1, "a party waits for the dead");
  sim.require(!indices[1].contains(2) || indices[0] == std::set{0, 1, 2},
              "the second round was full, and the first was not");
}

/// Two wait for an event, one sets it.
void wait_for_event(simulation& sim) {
  const event e = event::spawn(sim.system());
  int passed = 0;
  for (int i = 0; i < 2; ++i) {
    sim.may_die(
        sim.system().spawn([e, &passed](mailbox<>) -> behavior { passed += co_await e.wait(); }));
  }
  sim.system().spawn([e](mailbox<>) -> behavior {
    co_await sleep_for(1ms);
    co_await e.set();
  });
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(e.is_set().get() && e.waiting().get() == 0, "the event is not as it should be");
}

/// Three who may die owe a count each; two wait, of whom one may die.
void finish_together(simulation& sim, const latch& work) {
  int begun = 0, ended = 0;
  auto count = [&](mailbox<>) -> behavior {
    co_await sleep_for(1ms);
    ++begun;
    co_await work.count_down();
    ++ended;
  };
  auto wait = [&](mailbox<>) -> behavior {
    const auto open = co_await work.wait().result();
    sim.require(!open || begun == 3, "it is open before all have counted");
  };
  const shuts_down last{sim};
  std::vector<actor_ref<>> parties;
  for (int i = 0; i < 3; ++i) parties.push_back(sim.system().spawn(count));
  for (const auto& party : parties) sim.may_die(party);
  sim.may_die(sim.system().spawn(wait));
  sim.system().spawn(wait);
  sim.system().run([](latch work, std::vector<actor_ref<>> all) -> task<void> {
    for (const auto& party : all) co_await work.enroll(party);
  }(work, parties));
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
  sim.require(work.broken().get() ? ended < 3 : work.count().get() == 0,
              "it is broken for no reason, or neither broken nor open");
}

/// The mistake: that a party has ended is no news.
class wrong_latch : public detail::latch_coordinator {
 public:
  using latch_coordinator::latch_coordinator;
  using latch_coordinator::on;
  void on(const down&) {}
};

}  // namespace

TEST_CASE("barrier: nobody waits for the dead, whoever dies at whatever step") {
  survives_each_death(pass_together, 20);
}
TEST_CASE("event: nobody waits for the dead, whoever dies at whatever step") {
  survives_each_death(wait_for_event, 20);
}
TEST_CASE("latch: nobody waits for the dead, whoever dies at whatever step") {
  survives_each_death([](simulation& sim) { finish_together(sim, latch::spawn(sim.system(), 3)); },
                      20);
}
TEST_CASE("sweep: finds a latch that waits for the dead") {
  sweep_finds([](simulation& sim) {
    finish_together(sim, handle_to<latch>(sim.system().spawn<wrong_latch>(3)));
  });
}

}  // namespace actors_sweep_test
