// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/deadlock_watch.hpp>
#include <troupe/event.hpp>
#include <troupe/once.hpp>
#include <troupe/simulation.hpp>

#include "pending.hpp"

namespace once_test {

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

/// Told to come; answered with what has come out, or how its own work failed.
struct come {
  using reply = std::string;
  once<std::string> thing;
  event may_end;
  std::string brings;  ///< nothing: it throws
};

class caller : public actor<come> {
 public:
  task<std::string> on(come m) {
    try {
      co_return co_await m.thing.call([&]() -> task<std::string> {
        co_await m.may_end.wait();
        if (m.brings.empty()) throw std::runtime_error("nothing to bring");
        co_return m.brings;
      });
    } catch (const std::runtime_error& e) {
      co_return e.what();
    }
  }
};

struct scene {
  actor_system system{{.workers = 2}};
  once<std::string> thing = once<std::string>::spawn(system);
  event may_end = event::spawn(system);
  int waiting = -1;  ///< the first that comes is at work instead

  struct visit {
    actor_ref<come> who;
    pending<std::string> coming;
    std::string outcome() { return finish_well(coming); }
  };
  /// One who is at work or waits when this returns.
  visit comes(std::string brings) {
    const auto who = system.spawn<caller>();
    visit one{who, begin(system, who.ask(come{thing, may_end, std::move(brings)}))};
    const std::string then = "once: at work, " + std::to_string(++waiting) + " waiting";
    eventually([&] { return thing.describe().get() == then; });
    return one;
  }
};

TEST_CASE("once: the first who comes does it, for all who come") {
  scene s;
  CHECK(s.thing.describe().get() == "once: not done");
  auto first = s.comes("first");
  auto second = s.comes("second");
  CHECK_FALSE(s.thing.done().get());
  s.may_end.set().get();
  CHECK(first.outcome() == "first");
  CHECK(second.outcome() == "first");
  CHECK(s.system.run(s.thing.call([] { return std::string("late"); })) == "first");
  CHECK(s.thing.done().get());
  CHECK(s.thing.describe().get() == "once: done");
}

TEST_CASE("once: if the one that does it throws, that is its own; the next in line does it") {
  scene s;
  auto throws = s.comes("");
  auto next = s.comes("next");
  auto last = s.comes("last");
  s.may_end.set().get();
  CHECK(throws.outcome() == "nothing to bring");
  CHECK(next.outcome() == "next");
  CHECK(last.outcome() == "next");
}

TEST_CASE(
    "once: if the one that does it ends, the next in line does it; a dead one in line is passed "
    "over") {
  scene s;
  auto dying = s.comes("dying");
  auto gone = s.comes("gone");
  auto next = s.comes("next");
  gone.who.kill();
  eventually([&] { return s.thing.waiting().get() == 1; });
  dying.who.kill();
  eventually([&] { return s.thing.waiting().get() == 0; });
  s.may_end.set().get();
  CHECK(next.outcome() == "next");
}

TEST_CASE("once: nobody comes after one that threw: who comes later does it") {
  simulation sim(1);
  const auto thing = once<int>::spawn(sim.system());
  const auto fails = []() -> int { throw std::logic_error("not yet"); };
  CHECK_THROWS_WITH_AS(sim.system().run(thing.call(fails)), "not yet", std::logic_error);
  sim.run();
  CHECK(thing.describe().get() == "once: not done");
  CHECK(sim.system().run(thing.call([] { return 3; })) == 3);
}

TEST_CASE("once: of void, with work that waits and work that does not") {
  actor_system system({.workers = 2});
  int times = 0;
  const auto plain = once<>::spawn(system);
  const auto waits = once<>::spawn(system);
  for (int i = 0; i < 2; ++i) {
    system.run(plain.call([&] { ++times; }));
    system.run(waits.call([&]() -> task<void> {
      auto asking = plain.done();
      co_await std::move(asking);
      times += 10;
    }));
  }
  CHECK(times == 11);
}

TEST_CASE("once: what needs itself is a deadlock, and a watch tells it") {
  scene s;
  deadlock_watch::spawn(s.system, {.after = 5ms, .listener = [](const std::string&) {}});
  const once<int> thing = once<int>::spawn(s.system);
  const auto needs_itself = [](once<int> t) -> task<int> {
    co_return co_await t.call([t]() -> task<int> { co_return co_await t.call([] { return 1; }); });
  };
  CHECK_THROWS_AS((void)s.system.run(needs_itself(thing)), deadlock_error);
  CHECK_FALSE(thing.done().get());
}

TEST_CASE("once: a turn that is over cannot be ended; one of nobody is nothing") {
  actor_system system({.workers = 2});
  const auto thing = once<int>::spawn(system);
  CHECK_THROWS_WITH_AS(thing.coordinator().ask(messages::once_finish<int>{1, 2}).get(),
                       "once: it is not the turn of who asks any more", misuse_error);
  thing.coordinator().tell(messages::once_enter<int>{});
  CHECK(thing.describe().get() == "once: not done");
  CHECK_THROWS_AS(system.run(once<int>{}.call([] { return 1; })), actor_down);
  CHECK_THROWS_AS(once<int>::spawn_owned(), misuse_error);
}

}  // namespace once_test
