// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <troupe/exploration.hpp>
#include <troupe/joinable_queue.hpp>
#include <troupe/lifo_queue.hpp>

#include "sweeps.hpp"

namespace queue_sweep_test {

/// Queues, with a death at each step: no item is lost, none is had twice, and join() returns. The same
/// scenarios find the mistakes that are planted in coordinators like ours.
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct begin {};
using queue_ref = queue<int>::coordinator_ref;
using joinable_ref = joinable_queue<int>::coordinator_ref;

/// How often each item has come to somebody.
using received = std::map<int, int>;

/// Two who may die get as long as there is something, one of them with a deadline of its own; what
/// they leave a third takes. `putters` of two items each may die, too.
void pass_on(simulation& sim, const queue_ref& q, bool putters) {
  received got;
  std::map<int, int> put;
  auto take = [&got, q](mailbox<>, std::chrono::nanoseconds patience) -> behavior {
    for (;;) {
      const auto item = co_await q.ask(messages::queue_get<int>{}, patience).result();
      if (!item || !*item) co_return;
      ++got[**item];
    }
  };
  auto give = [&put, q](mailbox<>, int first) -> behavior {
    for (int i = first; i < first + 2; ++i) {
      ++put[i];
      (void)co_await q.ask(messages::queue_put<int>{i, {}});
    }
  };
  for (const auto patience : {0ns, 1000000ns}) sim.may_die(sim.system().spawn(take, patience));
  for (int i = 0; i < 2; ++i) {
    const auto giver = sim.system().spawn(give, 2 * i);
    if (putters) sim.may_die(giver);
  }
  sim.run();
  q.ask(messages::queue_shutdown{}).get();
  sim.system().spawn(take, 0ns);
  sim.run();
  for (const auto& [item, times] : got) sim.require(times == 1, "an item was had twice");
  if (!putters) sim.require(got.size() == 4, "an item is lost");
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
}

/// Three jobs, two workers who may die, and one who does what is left.
void do_jobs(simulation& sim, const joinable_ref& q) {
  received begun;
  received done;
  auto work = [&](mailbox<>) -> behavior {
    for (;;) {
      const auto item = co_await q.ask(messages::queue_get<int>{}).result();
      if (!item || !*item) co_return;
      ++begun[**item];
      co_await sleep_for(1ms);
      ++done[**item];
      (void)co_await q.ask(messages::queue_task_done{}).result();
    }
  };
  (void)q.ask(messages::queue_put_many<int>{{1, 2, 3}, {}}).get();
  for (int i = 0; i < 2; ++i) sim.may_die(sim.system().spawn(work));
  join_result<int> result;
  auto joiner = sim.system().spawn([q, &result](mailbox<>) -> behavior {
    result = co_await q.ask(messages::queue_join<int>{});
    co_await q.ask(messages::queue_shutdown{});
  });
  sim.run();
  sim.system().spawn(work);
  sim.run();
  sim.require(sim.system().live_actors() == 1, "join waits for the dead");
  for (const auto& f : result.failed) {
    sim.require(begun[f.item] > 0, "an item has failed that nobody had begun");
    done[f.item] = 1;
  }
  for (int i = 1; i <= 3; ++i)
    sim.require(done[i] > 0, "an item is neither done nor has it failed");
  (void)joiner;
}

/// Mistakes: what comes back is forgotten; the dead are not asked what they had.
class deaf : public detail::plain_queue<int, detail::fifo_order<int>> {
 public:
  deaf() : plain_queue(256) {}
  using plain_queue::on;
  void on(messages::queue_returned<int>) {}
};
class trusting : public detail::joinable_engine<int> {
 public:
  trusting() : joinable_engine(256, 1) {}
  using joinable_engine::on;

 private:
  void party_ended(const actor_ref<>&, const down&) override {}
};

}  // namespace

TEST_CASE("queue: no item is lost and none is had twice, whoever dies at whatever step") {
  survives_each_death(
      [](simulation& sim) { pass_on(sim, queue<int>::spawn(sim.system()).coordinator(), false); });
}
TEST_CASE("lifo_queue: the same at a bound of one, when putters die, too") {
  survives_each_death([](simulation& sim) {
    pass_on(sim, lifo_queue<int>::spawn(sim.system(), {.maxsize = 1}).coordinator(), true);
  });
}
TEST_CASE("joinable_queue: every item is done or has failed, whoever dies, and join returns") {
  for (const unsigned deliveries : {1u, 3u}) {
    survives_each_death([deliveries](simulation& sim) {
      do_jobs(sim,
              joinable_queue<int>::spawn(sim.system(), {.deliveries = deliveries}).coordinator());
    });
  }
}

TEST_CASE("sweep: finds an item that is lost between queue and getter") {
  sweep_finds([](simulation& sim) { pass_on(sim, sim.system().spawn<deaf>(), false); });
}
TEST_CASE("sweep: finds an item that is lost between get and done") {
  sweep_finds([](simulation& sim) { do_jobs(sim, sim.system().spawn<trusting>()); });
}

}  // namespace queue_sweep_test
