// SPDX-License-Identifier: BSD-3-Clause
#include <deque>
#include <map>

#include "planted.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

enum class made { rightly, wrongly };

struct take {
  using reply = bool;
};
struct give_back {};

/// A lock, as small as can be; made wrongly it waits for the dead.
template <made How>
class lock_keeper : public actor<take, give_back> {
 public:
  promise<bool> on(take) {
    auto answer = make_promise<bool>();
    waiting_.push_back(answer);
    if (How == made::rightly) monitor(answer.asker());
    hand_on();
    return answer;
  }
  void on(give_back) {
    holder_ = {};
    hand_on();
  }
  void on(const down& news) {
    std::erase_if(waiting_, [&](const auto& w) { return w.asker() == news.ref; });
    if (holder_ == news.ref) on(give_back{});
  }

 private:
  void hand_on() {
    if (holder_ || waiting_.empty()) return;
    holder_ = waiting_.front().asker();
    waiting_.front().set_value(true);
    waiting_.pop_front();
  }
  actor_ref<> holder_;
  std::deque<promise<bool>> waiting_;
};

behavior hold(mailbox<>, actor_ref<take, give_back> door, int& inside, simulation& sim) {
  co_await door.ask(take{});
  struct visit {
    int& inside;
    ~visit() { --inside; }
  } here{inside};
  sim.require(++inside == 1, "two hold the lock");
  co_await sleep_for(1s);
  door.tell(give_back{});
}

template <made How>
void three_want_a_lock(simulation& sim) {
  int inside = 0;
  auto door = sim.system().spawn<lock_keeper<How>>();
  for (int i = 0; i < 3; ++i) {
    sim.may_die(sim.system().spawn<&hold>(door, std::ref(inside), std::ref(sim)));
  }
  sim.run();
  sim.require(sim.system().live_actors() == 1, "somebody waits for the dead");
}

}  // namespace

TEST_CASE("sweep_kills: finds a lock that is not freed by its holder's death") {
  const exploration wrong = sweep_kills({.print = false}, three_want_a_lock<made::wrongly>);
  CHECK(wrong.found);
  CHECK(wrong.what == "somebody waits for the dead");
  REQUIRE(wrong.run.planned_kills.size() == 1);
  const exploration again = replay(wrong.run, three_want_a_lock<made::wrongly>, false);
  CHECK(again.what == wrong.what);
  CHECK(again.trace == wrong.trace);
  CHECK(again.trace.find("kill from outside") != std::string::npos);
  const exploration right = sweep_kills({}, three_want_a_lock<made::rightly>);
  CHECK_FALSE(right.found);
  CHECK(right.runs > 50);
}

TEST_CASE("explore: finds it by kills from the seed, too") {
  must_find({.seeds = 100, .kills = 1}, three_want_a_lock<made::wrongly>,
            three_want_a_lock<made::rightly>);
}
