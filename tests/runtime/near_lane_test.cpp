// SPDX-License-Identifier: BSD-3-Clause
// One worker: mail between its actors goes by the near lane (runtime/near.hpp), other threads' does not.
#include <doctest/doctest.h>

#include <algorithm>
#include <troupe/actor_system.hpp>
#include <troupe/snapshot.hpp>
#include <vector>

#include "eventually.hpp"

namespace near_lane_test {

using namespace troupe;

namespace {

struct number {
  int n = 0;
};
struct wait_here {
  actor_ref<number> unused = {};
};
struct all_seen {
  using reply = std::vector<int>;
};
struct pass {
  using reply = int;
};
struct open {};

/// Answers once it is told to.
class gate : public actor<pass, open> {
 public:
  promise<int> on(pass) { return answer_ = make_promise<int>(); }
  void on(open) { answer_.set_value(1); }

 private:
  promise<int> answer_;
};
using gate_ref = actor_ref<pass, open>;

class listener : public actor<number, wait_here, all_seen> {
 public:
  explicit listener(gate_ref at) : gate_(at) {}
  void on(number m) { seen_.push_back(m.n); }
  task<void> on(wait_here) { seen_.push_back(co_await gate_.ask(pass{})); }
  std::vector<int> on(all_seen) const { return seen_; }

 private:
  gate_ref gate_;
  std::vector<int> seen_;
};
using listener_ref = actor_ref<number, wait_here, all_seen>;

struct speak {
  using reply = void;
  int from = 0;
  int to = 0;
};
class speaker : public actor<speak> {
 public:
  explicit speaker(listener_ref to) : to_(to) {}
  void on(speak m) {
    if (m.from == 0) to_.tell(wait_here{});
    for (int n = m.from; n < m.to; ++n) to_.tell(number{n});
  }

 private:
  listener_ref to_;
};

}  // namespace

TEST_CASE("near lane: what came while the actor waited is handled in each sender's order") {
  actor_system system({.workers = 1});
  const auto door = system.spawn<gate>();
  const auto to = system.spawn<listener>(door);
  const auto from = system.spawn<speaker>(to);
  CHECK(to.ask(all_seen{}).get().empty());  // from now on the worker may use the lane
  from.ask(speak{0, 10}).get();             // near
  to.tell(number{1000});                    // from a plain thread: the shared lane is busy
  from.ask(speak{10, 20}).get();            // so these go there
  to.tell(number{1001});
  door.tell(open{});
  const auto seen = to.ask(all_seen{}).get();
  REQUIRE(seen.size() == 23);
  std::vector<int> spoken, foreign;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    (seen[i] >= 1000 ? foreign : spoken).push_back(seen[i]);
  }
  CHECK(spoken.size() == 20);
  CHECK(std::is_sorted(spoken.begin(), spoken.end()));
  CHECK(foreign == std::vector{1000, 1001});
}

TEST_CASE("near lane: what is left in it when its actor ends are dead letters") {
  actor_system system({.workers = 1});
  const auto door = system.spawn<gate>();
  const auto to = system.spawn<listener>(door);
  const auto from = system.spawn<speaker>(to);
  CHECK(to.ask(all_seen{}).get().empty());
  from.ask(speak{0, 10}).get();
  to.kill();
  eventually([&] { return system.live_actors() == 2; });
  CHECK(system.dead_letters() == 10);
  from.ask(speak{10, 13}).get();  // late ones, too
  CHECK(system.dead_letters() == 13);
}

namespace {

struct more {
  int left = 0;
};

/// Counts what waits for it, together with those who send: all on one thread.
class drain : public actor<number> {
 public:
  explicit drain(long* waiting) : waiting_(waiting) {}
  void on(number) { --*waiting_; }

 private:
  long* waiting_;
};

class flood : public actor<more> {
 public:
  flood(actor_ref<number> to, long* waiting, long* most)
      : to_(to), waiting_(waiting), most_(most) {}
  void on(more m) {
    for (int i = 0; i < 20; ++i) to_.tell(number{i});
    *most_ = std::max(*most_, *waiting_ += 20);
    if (m.left > 0) self().tell(more{m.left - 1});
  }

 private:
  actor_ref<number> to_;
  long* waiting_;
  long* most_;
};

}  // namespace

TEST_CASE("near lane: three who flood an actor give way before its mailbox grows large") {
  long waiting = 0;
  long most = 0;
  {
    actor_system system({.workers = 1});
    const auto to = system.spawn<drain>(&waiting);
    for (int i = 0; i < 3; ++i) system.spawn<flood>(to, &waiting, &most).tell(more{3000});
    eventually([&] {
      return system.snapshot().actors.size() == 4 &&
             std::ranges::all_of(system.snapshot().actors,
                                 [](const auto& a) { return a.mailbox == 0; });
    });
    CHECK(system.shutdown());
  }
  CHECK(waiting == 0);
  CHECK(most < 60'000);  // of 180,060; if they don't, it is two of three messages
}

}  // namespace near_lane_test
