// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <future>
#include <sstream>
#include <troupe/actor_system.hpp>
#include <troupe/simulation.hpp>
#include <troupe/snapshot.hpp>
#include <troupe/supervisor.hpp>

namespace snapshot_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct tick {};
struct query {
  using reply = int;
};
struct gate {
  static constexpr bool local_only = true;
  std::promise<void>* entered;
  std::shared_future<void>* open;
};

/// Never answers.
class silent : public actor<query, tick> {
 public:
  promise<int> on(query) {
    kept_.push_back(make_promise<int>());
    return kept_.back();
  }
  void on(tick) {}

 private:
  std::vector<promise<int>> kept_;
};

behavior asker(mailbox<>, actor_ref<query> whom) { (void)co_await whom.ask(query{}); }
behavior mourner(mailbox<>, actor_ref<> whom) { (void)co_await ended(whom); }
behavior sleeper(mailbox<>) { co_await sleep_for(1h); }
behavior reader(mailbox<tick> mail) {
  for (;;) co_await mail.receive<tick>();
}

class stuck : public actor<gate, tick> {
 public:
  void on(gate g) {
    g.entered->set_value();
    g.open->wait();
  }
  void on(tick) {}
};

class parent : public actor<tick> {
 public:
  parent() { spawn<sleeper>(); }
  void on(tick) {}
};

class failing : public actor<tick> {
 public:
  void on(tick) { throw std::runtime_error("no"); }
};

const wait_snapshot& only_wait(const system_snapshot& all, const actor_ref<>& who) {
  const actor_snapshot* a = all.find(who);
  REQUIRE(a);
  CHECK(a->answered);
  CHECK(a->state == actor_state::waiting);
  REQUIRE(a->waits.size() == 1);
  CHECK(a->waits_total == 1);
  return a->waits.front();
}

const class_snapshot& class_named(const system_snapshot& all, std::string_view part) {
  for (const class_snapshot& c : all.classes) {
    if (c.name.find(part) != std::string::npos) return c;
  }
  FAIL("no such class");
  std::abort();
}

}  // namespace

TEST_CASE("snapshot: says of each actor what it waits for, and of whom") {
  actor_system system({.workers = 2});
  auto quiet = system.spawn<silent>();
  auto asks = system.spawn<asker>(quiet);
  auto mourns = system.spawn<mourner>(quiet);
  auto sleeps = system.spawn<sleeper>();
  auto reads = system.spawn<reader>();
  const system_snapshot all = system.snapshot(far_too_long);

  CHECK(only_wait(all, asks).what == awaited::reply);
  CHECK(only_wait(all, asks).whom == quiet);
  CHECK(only_wait(all, asks).name.find("silent") != std::string::npos);
  CHECK(only_wait(all, mourns).what == awaited::end);
  CHECK(only_wait(all, mourns).whom == quiet);
  CHECK(only_wait(all, sleeps).what == awaited::time);
  CHECK(only_wait(all, reads).what == awaited::message);
  const actor_snapshot* q = all.find(quiet);
  REQUIRE(q);
  CHECK(q->state == actor_state::ready);
  CHECK(q->waits.empty());
  CHECK_FALSE(q->parent);
  CHECK(all.live == 5);
  CHECK(all.workers == 2);
  quiet.kill();
  sleeps.kill();
}

TEST_CASE("snapshot: names, parents, mailboxes and counts") {
  actor_system system({.workers = 2});
  auto mother = system.spawn<parent>();
  REQUIRE(system.register_name("mother", mother).has_value());
  auto reads = system.spawn<reader>(spawn_options{.bounds = mailbox_bounds{.messages = 100}});
  for (int i = 0; i < 3; ++i) mother.tell(tick{});
  system_snapshot all;
  eventually([&] {
    all = system.snapshot(far_too_long);
    return all.find(mother)->handled == 3;
  });
  CHECK(all.find(mother)->names == std::vector<std::string>{"mother"});
  REQUIRE(all.actors.size() == 3);
  CHECK(all.actors[0].ref == mother);
  CHECK(all.actors[1].parent == mother);
  CHECK(all.actors[1].parent_name.find("parent") != std::string::npos);
  CHECK(all.find(reads)->capacity == 100);
  mother.kill();
}

TEST_CASE("snapshot: a wait is the older the later one looks") {
  actor_system system({.workers = 1});
  auto sleeps = system.spawn<sleeper>();
  (void)system.snapshot(far_too_long);
  eventually([&] { return only_wait(system.snapshot(far_too_long), sleeps).waited > 1ms; });
  sleeps.kill();
}

TEST_CASE("snapshot: shows the handler that keeps an actor from answering, and its queue") {
  actor_system system({.workers = 2});
  auto busy = system.spawn<stuck>();
  std::promise<void> entered, open;
  std::shared_future<void> opened = open.get_future().share();
  busy.tell(gate{&entered, &opened});
  entered.get_future().wait();
  for (int i = 0; i < 5; ++i) busy.tell(tick{});
  system_snapshot all;
  eventually([&] {
    all = system.snapshot(5ms);
    return all.find(busy)->running >= 5ms;
  });
  open.set_value();
  const actor_snapshot* b = all.find(busy);
  CHECK(b->state == actor_state::running);
  CHECK_FALSE(b->answered);
  CHECK(b->message.find("gate") != std::string::npos);
  CHECK(b->mailbox == 5);
  CHECK(b->handled == 1);
  eventually([&] { return system.snapshot(far_too_long).find(busy)->mailbox == 0; });
  CHECK(system.snapshot(far_too_long).find(busy)->answered);
}

TEST_CASE("snapshot: counts the classes, also those who are gone") {
  actor_system system({.workers = 2});
  for (int i = 0; i < 3; ++i) system.spawn<failing>().tell(tick{});
  system.spawn<failing>();
  system_snapshot all;
  eventually([&] {
    all = system.snapshot(far_too_long);
    return all.live == 1;
  });
  const class_snapshot& counted = class_named(all, "failing");
  CHECK(counted.alive == 1);
  CHECK(counted.ended == 3);
  CHECK(counted.errors == 3);
  CHECK(counted.handled == 3);
  CHECK(all.opened == 4);
  CHECK(system.shutdown());
  const class_snapshot afterwards = class_named(system.snapshot(), "failing");
  CHECK(afterwards.alive == 0);
  CHECK(afterwards.ended == 4);
}

TEST_CASE("snapshot: an actor that is restarted counts each error once") {
  actor_system system({.workers = 2});
  auto top =
      system.spawn<supervisor>(supervisor_options{.restarts_max = 1, .backoff = {.initial = 1ms}},
                               child<failing>("failing").named());
  const auto one = system.find<tick>("failing").value();
  one.tell(tick{});
  one.tell(tick{});  // once more than it is forgiven
  eventually([&] { return system.snapshot(far_too_long).live == 0; });
  const class_snapshot counted = class_named(system.snapshot(), "failing");
  CHECK(counted.ended == 1);
  CHECK(counted.errors == 2);
  CHECK(counted.handled == 2);
  CHECK_FALSE(system.snapshot().find(top));
}

TEST_CASE("snapshot: a table has a line for each actor") {
  actor_system system({.name = "shop", .workers = 2});
  auto quiet = system.spawn<silent>();
  auto asks = system.spawn<asker>(quiet);
  std::ostringstream text;
  text << system.snapshot(far_too_long);
  CHECK(text.str().find("system 'shop': 2 live") == 0);
  CHECK(text.str().find("reply from ") != std::string::npos);
  CHECK(text.str().find(to_string(asks)) != std::string::npos);
  quiet.kill();
}

TEST_CASE("snapshot: inside an actor it is refused") {
  actor_system system({.workers = 1});
  auto looks = [&]() -> task<void> {
    CHECK_THROWS_AS((void)system.snapshot(), misuse_error);
    co_return;
  };
  system.run(looks());
}

TEST_CASE("snapshot: many at once, while actors come and go") {
  actor_system system({.workers = 2});
  auto look = [&] {
    for (int i = 0; i < 20; ++i) {
      const system_snapshot all = system.snapshot();
      for (const actor_snapshot& a : all.actors) CHECK(a.ref);
    }
  };
  auto one = std::async(std::launch::async, look);
  auto two = std::async(std::launch::async, look);
  for (int i = 0; i < 2000; ++i) system.spawn<failing>().tell(tick{});
  one.get();
  two.get();
}

TEST_CASE("snapshot: in a simulation it takes no step and sees virtual time") {
  simulation sim(7);
  auto quiet = sim.system().spawn<silent>();
  auto asks = sim.system().spawn<asker>(quiet);
  CHECK(sim.system().snapshot().find(asks)->state == actor_state::starting);
  auto sleeps = sim.system().spawn<sleeper>();
  sim.run_for(1s);
  const std::uint64_t steps = sim.steps();
  CHECK(only_wait(sim.system().snapshot(), asks).what == awaited::reply);
  CHECK(sim.steps() == steps);
  sim.run_for(10s);
  CHECK(only_wait(sim.system().snapshot(), sleeps).waited == 10s);
  quiet.kill();
  sleeps.kill();
}

}  // namespace snapshot_test
