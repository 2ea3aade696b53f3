// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <stdexcept>
#include <troupe/array.hpp>
#include <troupe/dict.hpp>
#include <troupe/exploration.hpp>
#include <troupe/list.hpp>
#include <troupe/pledge.hpp>
#include <troupe/value.hpp>

#include "sweeps.hpp"

namespace store_sweep_test {

/// What is shared, and what is to come, with a death at each step: it is the old or the new, never half and
/// never less than was said to be in it, and nobody waits for the dead. Two mistakes are planted.
using namespace troupe;
using namespace std::chrono_literals;

/// Two numbers that must agree.
struct pair_of_equals {
  int left = 0;
  int right = 0;
};
int add_to_both(pair_of_equals& p, int by) {
  p.left += by;
  p.right += by;
  return p.left;
}
/// As a careless keeper would let it: it changes one, and stops.
int add_to_one_and_throw(pair_of_equals& p, int by) {
  p.left += by;
  if (by > 0) throw std::runtime_error("half-way");
  return p.left;
}
int raise_by(int& item, int by) { return item += by; }
void give(std::span<int> all, std::size_t from, std::size_t to) {
  --all[from];
  if (to >= all.size()) throw std::out_of_range("nobody there");
  ++all[to];
}
int sum_of(std::span<const int> all) {
  int sum = 0;
  for (const int item : all) sum += item;
  return sum;
}
void move_all(dict<int, int>::contents& all, int from, int to) {
  all[to] += all[from];
  all[from] = 0;
}
int total_of(const dict<int, int>::contents& all) {
  int sum = 0;
  for (const auto& entry : all) sum += entry.second;
  return sum;
}

template <class Body>
void three_who_may_die(simulation& sim, Body body) {
  for (int i = 0; i < 3; ++i) sim.may_die(sim.system().spawn(body, i));
  sim.run();
}
void require_nobody_waits(simulation& sim) {
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
}

void change_value(simulation& sim) {
  const auto v = value<pair_of_equals>::spawn(sim.system());
  int said = 0;
  three_who_may_die(sim, [&said, v](mailbox<>, int) -> behavior {
    for (int i = 0; i < 2; ++i) {
      co_await v.update<&add_to_both>(1);
      ++said;
      (void)co_await v.update<&add_to_one_and_throw>(1).result();
    }
  });
  const auto left = v.get().get();
  sim.require(left.left == left.right, "half of a value");
  sim.require(left.left >= said && left.left <= 6, "a change is lost, or was made twice");
  require_nobody_waits(sim);
}

void change_array(simulation& sim) {
  const auto a = array<int>::spawn(sim.system(), std::vector{3, 3, 3});
  three_who_may_die(sim, [a](mailbox<>, int who) -> behavior {
    for (std::size_t to = 0; to < 4; ++to) {
      (void)co_await a.apply<&give>(static_cast<std::size_t>(who), to).result();
    }
    co_await a.update<&raise_by>(who, 0);
  });
  sim.require(a.apply<&sum_of>().get() == 9, "half of a change");
  require_nobody_waits(sim);
}

void change_list(simulation& sim) {
  const auto l = list<int>::spawn(sim.system());
  int said = 0;
  int taken = 0;
  three_who_may_die(sim, [&, l](mailbox<>, int who) -> behavior {
    co_await l.append(who);
    ++said;
    co_await l.extend({10, 10});
    said += 2;
    if (const auto item = co_await l.pop()) ++taken;
    co_await l.sort();
  });
  const auto left = l.snapshot().get();
  sim.require(static_cast<int>(left.size()) + 3 >= said - taken, "what was appended is lost");
  sim.require(static_cast<int>(left.size()) <= 9, "something was appended twice");
  require_nobody_waits(sim);
}

void change_dict(simulation& sim) {
  const auto d = dict<int, int>::spawn(sim.system(), {{0, 4}, {1, 4}, {2, 4}});
  int said = 0;
  three_who_may_die(sim, [&said, d](mailbox<>, int who) -> behavior {
    co_await d.apply<&move_all>(who, (who + 1) % 3);
    co_await d.update<&raise_by>(7, 1);
    ++said;
  });
  const int counted = d.get(7, 0).get();
  sim.require(counted >= said && counted <= 3, "a change is lost, or was made twice");
  sim.require(d.apply<&total_of>().get() == 12 + counted, "half of a change");
  require_nobody_waits(sim);
}

/// Two hold a pledge, two wait: all four may die.
void keep_pledge(simulation& sim) {
  const auto p = pledge<int>::spawn(sim.system());
  int kept = 0;
  int heard = 0;
  int broken = 0;
  auto holder = [&kept, p](mailbox<>, int value) -> behavior {
    co_await sleep_for(1ms);
    kept += co_await p.set_value(value) ? 1 : 0;
  };
  std::vector<actor_ref<>> holders;
  for (int i = 1; i <= 2; ++i) holders.push_back(sim.system().spawn(holder, i));
  for (const auto& each : holders) p.held_by(each).get();
  auto waiter = [&, p](mailbox<>) -> behavior {
    const auto got = co_await p.get_future().wait().result();
    if (got) {
      ++heard;
    } else {
      ++broken;
    }
  };
  for (int i = 0; i < 2; ++i) sim.may_die(sim.system().spawn(waiter));
  for (const auto& each : holders) sim.may_die(each);
  sim.run();
  sim.require(kept <= 1, "it was kept twice");
  sim.require(heard == 0 || broken == 0, "it is kept for one and broken for another");
  sim.require(p.get_future().is_ready().get(), "it is neither kept nor broken");
  require_nobody_waits(sim);
}

TEST_CASE("value: it is the old or the new one, whoever dies at whatever step") {
  survives_each_death(change_value);
}
TEST_CASE("array: nothing is half changed, whoever dies at whatever step") {
  survives_each_death(change_array);
}
TEST_CASE("list: nothing is lost or doubled, whoever dies at whatever step") {
  survives_each_death(change_list);
}
TEST_CASE("dict: nothing is half changed or lost, whoever dies at whatever step") {
  survives_each_death(change_dict);
}
TEST_CASE("future: it is kept or broken, for all alike, whoever dies at whatever step") {
  survives_each_death(keep_pledge);
}

/// A mistake: two steps, a look and a write, between which another comes.
TEST_CASE("sweep: finds that a get and a set are not one step") {
  const scenario wrong = [](simulation& sim) {
    const auto v = value<int>::spawn(sim.system());
    int said = 0;
    three_who_may_die(sim, [&said, v](mailbox<>, int) -> behavior {
      const int before = co_await v.get();
      co_await v.set(before + 1);
      ++said;
    });
    sim.require(v.get().get() >= said, "a change is lost");
  };
  CHECK(explore({.seeds = 200, .print = false}, wrong).found);
}

/// A mistake: a pledge that is held by nobody is not broken by a death.
TEST_CASE("sweep: finds who waits for a pledge that nobody holds any more") {
  const scenario wrong = [](simulation& sim) {
    const auto p = pledge<int>::spawn(sim.system());
    const auto giver = sim.system().spawn([p](mailbox<>) -> behavior {
      co_await sleep_for(1ms);
      (void)co_await p.set_value(1);
    });
    sim.system().spawn(
        [p](mailbox<>) -> behavior { (void)co_await p.get_future().wait().result(); });
    sim.may_die(giver);
    sim.run();
    require_nobody_waits(sim);
  };
  bool found = false;
  for (std::uint64_t seed = 1; seed <= 10 && !found; ++seed) {
    found = sweep_kills({.run = {.seed = seed}, .print = false}, wrong).found;
  }
  CHECK(found);
}

}  // namespace store_sweep_test
