// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <future>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <vector>

#include "deadline.hpp"
#include "within.hpp"

namespace delegate_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct square {
  using reply = int;
  int of = 0;
};
struct hard_square {
  using reply = int;
  int of = 0;
};
struct seen {
  using reply = int;
};

struct hurry {
  static constexpr auto priority = urgent;
  using reply = int;
};

class expert : public actor<hard_square, seen> {
 public:
  int on(hard_square m) {
    ++seen_;
    return m.of * m.of;
  }
  int on(seen) const { return seen_; }

 private:
  int seen_ = 0;
};
using expert_ref = actor_ref<hard_square, seen>;

class front : public actor<square> {
 public:
  explicit front(expert_ref other, bool throws = false) : other_(other), throws_(throws) {}
  delegated<int> on(square m) {
    auto handed_on = delegate(other_, hard_square{m.of});
    if (throws_) throw std::runtime_error("after it was handed on");
    return handed_on;
  }

 private:
  expert_ref other_;
  bool throws_;
};

}  // namespace

TEST_CASE("delegate: the other answers to who asked") {
  actor_system system({.workers = 2});
  auto f = system.spawn<front>(system.spawn<expert>());
  CHECK(f.ask(square{7}).get() == 49);
  auto chain = system.spawn<front>(system.spawn<expert>());
  CHECK(chain.ask(square{3}, 60s).get() == 9);
}

TEST_CASE("delegate: works when told") {
  actor_system system({.workers = 1});
  auto e = system.spawn<expert>();
  auto f = system.spawn<front>(e);
  f.tell(square{7});
  CHECK(f.ask(square{2}).get() == 4);
  CHECK(e.ask(seen{}).get() == 2);
}

TEST_CASE("delegate: to one that is gone ends the ask, to nobody too") {
  actor_system system({.workers = 2});
  auto gone = system.spawn<expert>();
  gone.kill();
  CHECK_THROWS_AS((void)system.spawn<front>(gone).ask(square{7}).get(), actor_down);
  CHECK_THROWS_AS((void)system.spawn<front>(expert_ref{}).ask(square{7}).get(), actor_down);
}

TEST_CASE("delegate: an exception afterwards ends the actor, not the question") {
  actor_system system({.workers = 1});
  auto e = system.spawn<expert>();
  auto f = system.spawn<front>(e, true);
  CHECK(f.ask(square{7}).get() == 49);
  auto ended_by = [](actor_ref<> whom) -> task<exit_reason> {
    exit_reason why = co_await ended(whom);
    co_return why;
  };
  (void)system.run(ended_by(f));
  CHECK(e.ask(seen{}).get() == 1);
}

TEST_CASE("delegate: the deadline goes along") {
  struct stuck : actor<hard_square, seen> {
    promise<int> on(hard_square) {
      kept.push_back(make_promise<int>());
      return kept.back();
    }
    int on(seen) const { return 0; }
    std::vector<promise<int>> kept;
  };
  actor_system system({.workers = 2});
  auto f = system.spawn<front>(system.spawn<stuck>());
  CHECK_THROWS_AS((void)f.ask(square{7}, 3ms).get(), timeout_error);
}

TEST_CASE("forward: a coroutine actor hands on what it has received, asked or told") {
  deadline watch("forward");
  struct stop_now {};
  actor_system system({.workers = 2});
  auto e = system.spawn<expert>();
  auto relay = system.spawn(
      [](mailbox<hard_square, stop_now> mail, expert_ref to) -> behavior {
        for (;;) {
          auto q = co_await mail.receive<question<hard_square>>();
          q.forward_to(to);
          CHECK_FALSE(q.answer.set_value(0));
        }
      },
      e);
  CHECK(relay.ask(hard_square{5}).get() == 25);
  relay.tell(hard_square{5});
  CHECK(relay.ask(hard_square{6}, 60s).get() == 36);
  CHECK(e.ask(seen{}).get() == 3);
}

TEST_CASE("promise: is handed on like a question, once") {
  struct keeper : actor<square> {
    explicit keeper(expert_ref t) : to(t) {}
    promise<int> on(square m) {
      auto p = make_promise<int>();
      const bool first = p.delegate(to, hard_square{m.of});
      CHECK(first == static_cast<bool>(p));
      CHECK_FALSE(p.delegate(to, hard_square{m.of}));
      return p;
    }
    expert_ref to;
  };
  actor_system system({.workers = 2});
  auto k = system.spawn<keeper>(system.spawn<expert>());
  CHECK(k.ask(square{8}).get() == 64);
  k.tell(square{8});
  CHECK(k.ask(square{9}).get() == 81);
}

TEST_CASE("promise: an exception in the handler that made it is the answer") {
  struct clumsy : actor<square> {
    promise<int> on(square) {
      auto p = make_promise<int>();
      throw std::runtime_error("could not begin");
    }
  };
  struct careless : actor<square> {
    promise<int> on(square) {
      try {
        auto p = make_promise<int>();
        throw std::runtime_error("caught here");
      } catch (const std::exception&) {
      }
      return {};
    }
  };
  actor_system system({.workers = 2});
  std::string text;
  try {
    (void)system.spawn<clumsy>().ask(square{}).get();
  } catch (const handler_error& e) {
    text = e.what();
  }
  CHECK(text.find("could not begin") != std::string::npos);
  CHECK_THROWS_AS((void)system.spawn<careless>().ask(square{}).get(), broken_promise);
}

TEST_CASE("promise: an urgent question may be answered later, too") {
  struct patient : actor<hurry, seen> {
    promise<int> on(hurry) {
      kept = make_promise<int>();
      return kept;
    }
    int on(seen) {
      kept.set_value(5);
      return 1;
    }
    promise<int> kept;
  };
  actor_system system({.workers = 2});
  auto p = system.spawn<patient>();
  auto asks = [&]() -> task<int> {
    const int n = co_await p.ask(hurry{}, 60s);
    co_return n;
  };
  auto tells = system.spawn(
      [](mailbox<>, actor_ref<seen> to) -> behavior {
        co_await sleep_for(2ms);
        co_await to.ask(seen{});
      },
      p);
  CHECK(system.run(asks()) == 5);
  (void)tells;
}

}  // namespace delegate_test
