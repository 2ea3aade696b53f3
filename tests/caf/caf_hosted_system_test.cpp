// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/caf.hpp>
#include <troupe/caf_hosted_system.hpp>
#include <troupe/process.hpp>

#include "caf_stage.hpp"
#include "eventually.hpp"

using namespace troupe;
using namespace neighbours;
using namespace std::chrono_literals;

namespace {

struct where {
  using reply = std::size_t;
};
std::size_t here() { return std::hash<std::thread::id>{}(std::this_thread::get_id()); }

class tally : public actor<add, sum, where> {
 public:
  void on(add m) { sum_ += m.number; }
  long on(sum) const { return sum_; }
  std::size_t on(where) const { return here(); }

 private:
  long sum_ = 0;
};

}  // namespace

TEST_CASE("on caf: our actors run on the threads of CAF's pool") {
  caf_side theirs;
  caf_hosted_system ours(*theirs);
  CHECK(ours.workers() == 2);
  std::set<std::size_t> pool;
  caf::scoped_actor self{*theirs};
  const auto one = ours.spawn<tally>();
  eventually([&] {  // until both threads of the pool have been seen to run a CAF actor
    const news<std::size_t> seen;
    start(*theirs, [=](caf::event_based_actor*) { seen.tell(here()); });
    pool.insert(seen.wait());
    return pool.size() == 2;
  });
  for (int i = 0; i < 50; ++i) {
    one.tell(add{1});
    CHECK(pool.contains(one.ask(where{}).get()));
  }
  CHECK(one.ask(sum{}).get() == 50);
}

TEST_CASE("on caf: one thread is enough for both, with messages both ways") {
  struct player : actor<add> {
    player(actor_ref<add> other, news<void> done) : other_(other), done_(std::move(done)) {}
    void on(add m) {
      if (m.number == 0) {
        done_.tell();
      } else {
        other_.tell(add{m.number - 1});
      }
    }
    actor_ref<add> other_;
    news<void> done_;
  };
  caf_side theirs(1);
  caf_hosted_system ours(*theirs, {.workers = 1});
  const news<void> done;
  const auto wall_state = std::make_shared<caf::actor>();
  const caf::actor wall = start(*theirs, [=](caf::event_based_actor* self) -> caf::behavior {
    return {[=](const caf::actor& partner) { *wall_state = partner; },
            [=](const add& m) {
              if (*wall_state) self->send(*wall_state, add{m.number - 1});
            }};
  });
  const auto left = ours.spawn<player>(from_caf<add>(ours, wall), done);
  caf::scoped_actor self{*theirs};
  self->send(wall, as_caf(*theirs, left));
  left.tell(add{2000});
  done.wait();
  self->send_exit(wall, caf::exit_reason::kill);
}

TEST_CASE("on caf: timers ring, and a pipe to a child process is read") {
  caf_side theirs;
  caf_hosted_system ours(*theirs, {.name = "hosted"});
  const auto one = ours.spawn<tally>();
  ours.tell_after(3ms, one, add{5});
  eventually([&] { return one.ask(sum{}).get() == 5; });
  const long got = ours.run([](actor_system& system) -> task<long> {
    process child = co_await system.start_process({.name = "child"});
    const auto there = co_await child.spawn<tally>();
    for (int i = 1; i <= 1000; ++i) there.tell(add{i});
    co_return co_await there.ask(sum{});
  }(ours));
  CHECK(got == 500'500);
}

TEST_CASE("on caf: an actor in a child process is a CAF actor, too, and ends with its process") {
  caf_side theirs;
  caf_hosted_system ours(*theirs, {.name = "hosted"});
  process child = ours.run(ours.start_process({.name = "child"}));
  const auto there = ours.run([](process in) -> task<actor_ref<add, sum, where>> {
    co_return co_await in.spawn<tally>();
  }(child));
  const caf::actor door = as_caf(*theirs, actor_ref<add, sum>(there));
  caf::scoped_actor self{*theirs};
  for (int i = 1; i <= 100; ++i) self->send(door, add{i});
  self->request(door, 30s, sum{})
      .receive([](long all) { CHECK(all == 5050); }, [](const caf::error&) { FAIL("an error"); });
  self->monitor(door);
  child.kill();
  self->receive(
      [](const caf::down_msg& d) { CHECK(d.reason == caf::exit_reason::remote_link_unreachable); });
}

TEST_CASE("on caf: our system ends, under load, and CAF's goes on") {
  caf_side theirs;
  for (int round = 0; round < 20; ++round) {
    caf_hosted_system ours(*theirs);
    std::vector<actor_ref<add, sum, where>> all;
    for (int i = 0; i < 20; ++i) all.push_back(ours.spawn<tally>());
    for (int i = 0; i < 50; ++i) {
      for (const auto& each : all) each.tell(add{i});
    }
    if (round % 2 == 0) CHECK(all.front().ask(sum{}).get() == 1225);
  }
  const news<int> lives;
  start(*theirs, [=](caf::event_based_actor*) { lives.tell(1); });
  CHECK(lives.wait() == 1);
}

TEST_CASE("on caf: handlers that hold up CAF's threads delay our actors, and no more") {
  std::promise<void> open;
  const std::shared_future<void> opened = open.get_future().share();
  std::atomic<int> inside{0};
  caf_side theirs;
  caf_hosted_system ours(*theirs);
  const auto one = ours.spawn<tally>();
  CHECK(one.ask(sum{}).get() == 0);
  for (int i = 0; i < 2; ++i) {
    start(*theirs, [&](caf::event_based_actor*) {
      ++inside;
      opened.wait();
    });
  }
  eventually([&] { return inside == 2; });
  one.tell(add{1});
  CHECK(ours.live_actors() == 1);
  open.set_value();
  CHECK(one.ask(sum{}).get() == 1);
}
