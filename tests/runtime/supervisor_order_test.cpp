// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "supervised.hpp"

namespace supervisor_order_test {

using namespace supervised;

TEST_CASE("supervisor: one that cannot start stops those before it, newest first") {
  deadline watch("supervisor start");
  auto j = std::make_shared<journal>();
  auto made = std::make_shared<std::atomic<int>>(1);
  actor_system system({.workers = 2});
  std::string why;
  try {
    system.spawn<supervisor>(supervisor_options{}, worker_child(j, "a"), worker_child(j, "b"),
                             child<brittle>("c", made), worker_child(j, "d"));
  } catch (const std::exception& e) {
    why = e.what();
  }
  CHECK(why == "brittle");
  eventually([&] { return j->lines().size() == 4; });
  CHECK(j->lines() == std::vector<std::string>{"+a", "+b", "-b", "-a"});
  eventually([&] { return system.live_actors() == 0; });
}

TEST_CASE("supervisor: one for all stops the others in reverse and starts all in order") {
  deadline watch("supervisor all");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{.strategy = one_for_all, .restarts_max = 9}, worker_child(j, "a"),
      worker_child(j, "b"), worker_child(j, "c").transient(), worker_child(j, "d").temporary());
  const worker_ref b = child_named(system, top, "b");
  child_named(system, top, "a").tell(add{5});
  b.tell(fail{"broke"});
  eventually([&] { return j->lines().size() == 11 && all_run(top); });
  CHECK(j->lines() ==
        std::vector<std::string>{"+a", "+b", "+c", "+d", "-b", "-d", "-c", "-a", "+a", "+b", "+c"});
  CHECK(names_of(top) == std::vector<std::string>{"a", "b", "c"});
  CHECK(child_named(system, top, "a").ask(total{}).get() == 0);
  CHECK(child_named(system, top, "b") == b);
}

TEST_CASE("supervisor: rest for one restarts the one and those started after it") {
  deadline watch("supervisor rest");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top =
      system.spawn<supervisor>(supervisor_options{.strategy = rest_for_one, .restarts_max = 9},
                               worker_child(j, "a"), worker_child(j, "b"), worker_child(j, "c"));
  child_named(system, top, "b").tell(fail{"broke"});
  eventually([&] { return j->lines().size() == 7 && all_run(top); });
  CHECK(j->lines() == std::vector<std::string>{"+a", "+b", "+c", "-b", "-c", "+b", "+c"});
}

TEST_CASE("supervisor: a group whose restart fails begins again, and gives up in the end") {
  deadline watch("supervisor group fails");
  auto j = std::make_shared<journal>();
  auto made = std::make_shared<std::atomic<int>>(0);
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{.strategy = one_for_all, .restarts_max = 9, .within = 1h},
      worker_child(j, "a"), child<brittle>("b", made, 4), worker_child(j, "c"));
  child_named(system, top, "a").tell(fail{"broke"});
  eventually([&] { return *made == 5 && all_run(top); });
  CHECK(j->count("+c") == 2);
  CHECK(j->count("+a") == 5);
  CHECK(j->count("-a") == 4);

  *made = 1;
  child_named(system, top, "c").tell(fail{"broke"});  // now b throws thrice more, then all is well
  eventually([&] { return *made == 5 && all_run(top); });
  *made = -100;
  top.ask(stop_child{"b"}).get();
  CHECK(names_of(top) == std::vector<std::string>{"a", "c"});
}

TEST_CASE("supervisor: stops in reverse; one that is late is killed, and the others still drain") {
  deadline watch("supervisor stop");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{}, worker_child(j, "a"), worker_child(j, "late").stop_in(20ms),
      worker_child(j, "now").stop_in(0ns), worker_child(j, "d"));
  const worker_ref late = child_named(system, top, "late");
  auto heard = system.spawn<listener>(std::vector<actor_ref<>>{late});
  heard.ask(news{}).get();
  late.tell(slow{});  // waits for an hour
  top.stop();
  system.run(end_of(top));
  CHECK(j->lines() ==
        std::vector<std::string>{"+a", "+late", "+now", "+d", "-d", "-now", "-late", "-a"});
  std::vector<std::string> why;
  eventually([&] { return !(why = heard.ask(news{}).get()).empty(); });
  CHECK(why == std::vector<std::string>{"killed"});
  eventually([&] { return system.live_actors() == 1; });
}

TEST_CASE("supervisor: a child that was late once is not killed in its next life") {
  deadline watch("supervisor late");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top =
      system.spawn<supervisor>(supervisor_options{.strategy = one_for_all, .restarts_max = 9},
                               worker_child(j, "a"), worker_child(j, "b").stop_in(20ms));
  const worker_ref b = child_named(system, top, "b");
  b.tell(slow{});
  b.tell(add{3});
  child_named(system, top, "a").tell(fail{"broke"});
  // Its stop lay behind the sum in the mailbox, and counts no more.
  CHECK(b.ask(total{}).get() == 3);
  CHECK(b.ask(total{}).get() == 3);
  CHECK(j->count("+b") == 2);
}

TEST_CASE("supervisor: killed, it takes all along at once") {
  deadline watch("supervisor kill");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top =
      system.spawn<supervisor>(supervisor_options{}, worker_child(j, "a"), worker_child(j, "b"));
  child_named(system, top, "b").tell(slow{});
  top.kill();
  system.run(end_of(top));
  CHECK(j->lines() == std::vector<std::string>{"+a", "+b", "-b", "-a"});
}

TEST_CASE("supervisor: children can be started, stopped and counted while it runs") {
  deadline watch("supervisor dynamic");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often);
  const worker_ref w = system.run(start_child_of(top, worker_child(j, "w").transient()));
  w.tell(add{2});
  CHECK(w.ask(total{}).get() == 2);
  CHECK_THROWS_WITH_AS(top.ask(start_child{worker_child(j, "w")}).get(),
                       "std::invalid_argument: there is a child named 'w' already", handler_error);
  auto made = std::make_shared<std::atomic<int>>(1);
  CHECK_THROWS_AS(top.ask(start_child{child<brittle>("b", made)}).get(), handler_error);
  CHECK_THROWS_AS(top.ask(start_child{}).get(), handler_error);
  CHECK(names_of(top) == std::vector<std::string>{"w"});
  auto nameless = top.ask(start_child{worker_child(j, "")}).get();
  CHECK(names_of(top).size() == 2);
  w.tell(fail{"broke"});
  CHECK(w.ask(total{}).get() == 0);
  CHECK(top.ask(stop_child{"w"}).get());
  CHECK_FALSE(top.ask(stop_child{"w"}).get());
  CHECK_THROWS_AS(w.ask(total{}).get(), actor_down);
  for (int i = 0; i < 1000; ++i) {
    top.ask(start_child{worker_child(j, "x").temporary()}).get();
    if (i % 2 == 0) {
      CHECK(top.ask(stop_child{"x"}).get());
    } else {
      child_named(system, top, "x").tell(fail{"broke"});
      eventually([&] { return names_of(top).size() == 1; });
    }
  }
  (void)nameless;
  eventually([&] { return system.live_actors() == 2; });
}

TEST_CASE("supervisor: a child that rests can be stopped, and the supervisor, too") {
  deadline watch("supervisor stop resting");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  const supervisor_options slowly{.restarts_max = 9, .backoff = {.initial = 1h, .max = 1h}};
  supervisor_ref top = system.spawn<supervisor>(slowly, worker_child(j, "a"), worker_child(j, "b"));
  const worker_ref a = child_named(system, top, "a");
  a.tell(fail{"broke"});
  child_named(system, top, "b").tell(fail{"broke too"});
  eventually([&] {
    const auto all = top.ask(which_children{}).get();
    return all[0].state == child_state::resting && all[1].state == child_state::resting;
  });
  a.tell(add{1});
  CHECK(top.ask(stop_child{"a"}).get());
  CHECK(system.dead_letters() == 1);
  top.stop();
  system.run(end_of(top));
  eventually([&] { return system.live_actors() == 0; });
}

}  // namespace supervisor_order_test
