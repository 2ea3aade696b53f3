// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstdint>
#include <future>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <variant>
#include <vector>

#include "eventually.hpp"
#include "within.hpp"

namespace behavior_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct ball {
  int hops;
};
struct note {
  std::string text;
};
struct finish {};
struct ask_sum {
  using reply = int;
  int offset;
};

behavior player(mailbox<ball> mail, int limit, std::promise<int>* result) {
  auto other = mail.self();
  for (;;) {
    auto b = co_await mail.receive<ball>();
    if (b.hops >= limit) {
      result->set_value(b.hops);
      co_return;
    }
    other.tell(ball{b.hops + 1});
  }
}

behavior collector(mailbox<ball, note, finish> mail, std::promise<std::string>* result) {
  std::string seen;
  co_await mail.receive<finish>();  // everything before it is put aside, in order
  for (int i = 0; i < 2; ++i) {
    auto n = co_await mail.receive<note>();
    seen += n.text;
  }
  for (int i = 0; i < 3; ++i) {
    auto next = co_await mail.receive();
    if (auto* b = std::get_if<ball>(&next)) seen += std::to_string(b->hops);
    if (auto* n = std::get_if<note>(&next)) seen += n->text;
    if (std::holds_alternative<finish>(next)) seen += "!";
  }
  result->set_value(seen);
}

}  // namespace

TEST_CASE("behavior: receives, sends, ends") {
  std::promise<int> result;
  actor_system system({.workers = 2});
  auto p = system.spawn<player>(1000, &result);
  p.tell(ball{0});
  CHECK(within(result.get_future()) == 1000);
}

TEST_CASE("behavior: a selective receive leaves the rest in order for later ones") {
  std::promise<std::string> result;
  actor_system system({.workers = 2});
  auto c = system.spawn<collector>(&result);
  c.tell(ball{1});
  c.tell(note{"a"});
  c.tell(ball{2});
  c.tell(note{"b"});
  c.tell(note{"c"});
  c.tell(finish{});
  CHECK(within(result.get_future()) == "ab12c");
}

TEST_CASE("behavior: a receive with a timeout gives nothing, and never before its time") {
  std::promise<std::chrono::nanoseconds> result;
  actor_system system({.workers = 2});
  system.spawn([&result](mailbox<ball, note> mail) -> behavior {
    mail.self().tell(note{"not asked for"});
    const auto start = std::chrono::steady_clock::now();
    auto b = co_await mail.receive<ball>(5ms);
    result.set_value(b ? -1ns : std::chrono::steady_clock::now() - start);
  });
  CHECK(within(result.get_future()) >= 5ms);
}

TEST_CASE("behavior: a receive with no time takes what is there, and nothing if there is nothing") {
  std::promise<std::vector<int>> result;
  actor_system system({.workers = 2});
  system.spawn([&result](mailbox<ball, note> mail) -> behavior {
    mail.self().tell(ball{1});
    mail.self().tell(note{"between"});
    mail.self().tell(ball{2});
    std::vector<int> seen;
    for (;;) {
      auto b = co_await mail.receive<ball>(0s);
      if (!b) break;
      seen.push_back(b->hops);
    }
    auto n = co_await mail.receive<note>(0s);
    seen.push_back(n ? 3 : -1);
    auto none = co_await mail.receive<note>(-1s);
    seen.push_back(none ? -1 : 4);
    result.set_value(seen);
  });
  CHECK(within(result.get_future()) == std::vector{1, 2, 3, 4});
}

TEST_CASE("behavior: question<M> brings the place for the answer") {
  actor_system system({.workers = 2});
  auto adder = system.spawn([](mailbox<ask_sum, ball> mail) -> behavior {
    int sum = 0;
    for (;;) {
      auto next = co_await mail.receive<question<ask_sum>, ball>();
      if (auto* b = std::get_if<ball>(&next)) {
        sum += b->hops;
      } else {
        auto& q = std::get<question<ask_sum>>(next);
        q.answer.set_value(sum + q.message.offset);
        CHECK_FALSE(q.answer.set_value(-1));  // the first answer counts
      }
    }
  });
  adder.tell(ball{40});
  adder.tell(ask_sum{0});  // told: its answer goes nowhere
  CHECK(adder.ask(ask_sum{2}).get() == 42);
}

TEST_CASE("behavior: an ask of a message without a reply ends when it is received") {
  actor_system system({.workers = 2});
  auto a = system.spawn([](mailbox<ball> mail) -> behavior {
    co_await mail.receive<ball>();
    co_await mail.receive<ball>();
  });
  a.ask(ball{1}).get();
  a.ask(ball{2}).get();
  CHECK_THROWS_AS(a.ask(ball{3}).get(), actor_down);
}

TEST_CASE("behavior: hears of ends by receive<down>, by ended(), and of a stranger at once") {
  std::promise<bool> result;
  actor_system system({.workers = 2});
  system.spawn([&result](mailbox<ball> mail) -> behavior {
    auto victim = mail.system().spawn([](mailbox<ball> m) -> behavior {
      co_await m.receive<ball>();
      throw std::logic_error("no balls here");
    });
    const auto id = mail.monitor(victim);
    victim.tell(ball{1});
    auto d = co_await mail.receive<down>();
    bool good = d.monitor == id && d.ref == victim && d.reason.what == exit_reason::cause::error &&
                d.reason.text.find("no balls here") != std::string::npos;
    const exit_reason late = co_await ended(victim);
    good = good && late.what == exit_reason::cause::never_existed;
    const exit_reason nobody = co_await ended(actor_ref<>{});
    good = good && nobody.what == exit_reason::cause::never_existed;
    auto sleeper =
        mail.system().spawn([](mailbox<ball> m) -> behavior { co_await m.receive<ball>(); });
    sleeper.kill();
    const exit_reason killed = co_await ended(sleeper);
    good = good && (killed.what == exit_reason::cause::killed ||
                    killed.what == exit_reason::cause::never_existed);
    result.set_value(good);
  });
  CHECK(within(result.get_future()));
}

TEST_CASE("behavior: a lambda's captures live as long as its actor, and end with it") {
  actor_system system({.workers = 2});
  auto token = std::make_shared<int>(7);
  std::weak_ptr<int> watch = token;
  auto a = system.spawn([token](mailbox<ask_sum> mail) -> behavior {
    for (;;) {
      auto q = co_await mail.receive<question<ask_sum>>();
      q.answer.set_value(*token + q.message.offset);
    }
  });
  token.reset();
  CHECK(a.ask(ask_sum{1}).get() == 8);
  a.stop();
  CHECK_THROWS_AS(a.ask(ask_sum{1}).get(), actor_down);
  system.shutdown();
  CHECK(watch.expired());
}

namespace {

struct slow {
  using reply = int;
};
struct peek {
  using reply = int;
};
struct go_on {};
struct kept {
  using reply = std::size_t;
};

/// `slow` waits for a message to another actor; `peek` tells how many handlers have begun.
template <bool Reentrant>
class waiter : public actor<slow, peek> {
 public:
  static constexpr bool reentrant = Reentrant;
  explicit waiter(actor_ref<slow> gate) : gate_(gate) {}
  task<int> on(slow) {
    ++begun_;
    const int value = co_await gate_.ask(slow{});
    ++done_;
    co_return value * 100 + done_;
  }
  int on(peek) { return begun_ * 10 + done_; }

 private:
  actor_ref<slow> gate_;
  int begun_ = 0;
  int done_ = 0;
};

class gate : public actor<slow, go_on, kept> {
 public:
  promise<int> on(slow) {
    waiting_.push_back(make_promise<int>());
    return waiting_.back();
  }
  void on(go_on) {
    for (auto& w : waiting_) w.set_value(1);
    waiting_.clear();
  }
  std::size_t on(kept) const { return waiting_.size(); }

 private:
  std::vector<promise<int>> waiting_;
};

task<int> sum_to(int n) {
  if (n == 0) co_return 0;
  const int rest = co_await sum_to(n - 1);
  co_return n + rest;
}
task<int> at_once() { co_return 1; }
task<void> fails(int depth) {
  if (depth == 0) throw std::out_of_range("bottom");
  co_await fails(depth - 1);
}

}  // namespace

TEST_CASE(
    "behavior: while a handler waits its actor handles nothing else, unless it is reentrant") {
  actor_system system({.workers = 2});
  auto g = system.spawn<gate>();
  auto plain = system.spawn<waiter<false>>(actor_ref<slow>(g));
  plain.tell(slow{});
  eventually([&] { return g.ask(kept{}).get() == 1; });
  CHECK_THROWS_AS(plain.ask(peek{}, 20ms).get(), timeout_error);
  g.tell(go_on{});
  CHECK(plain.ask(peek{}).get() == 11);

  auto open = system.spawn<waiter<true>>(actor_ref<slow>(g));
  open.tell(slow{});
  open.tell(slow{});
  CHECK(open.ask(peek{}).get() == 20);
  g.tell(go_on{});
  // Both answers are under way to `open`; a handler of the same actor sees them sooner or later.
  while (open.ask(peek{}).get() != 22) {
  }
}

TEST_CASE("task: nests, gives values and exceptions to who awaits it") {
  actor_system system({.workers = 1});
  CHECK(system.run(sum_to(1000)) == 500'500);
  CHECK_THROWS_WITH_AS(system.run(fails(100)), "bottom", std::out_of_range);
  auto caught = []() -> task<std::string> {
    std::string text;
    try {
      co_await fails(3);
    } catch (const std::out_of_range& e) {
      text = e.what();
    }
    co_return text;
  };
  CHECK(system.run(caught()) == "bottom");
}

TEST_CASE("task: a million awaits that need no wait do not grow the stack") {
  actor_system system({.workers = 1});
  auto loop = []() -> task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await at_once();
    co_return sum;
  };
  CHECK(system.run(loop()) == 1'000'000);
}

TEST_CASE("behavior: a long chain of messages to itself does not grow the stack") {
  std::promise<int> result;
  actor_system system({.workers = 1});
  auto p = system.spawn<player>(300'000, &result);
  p.tell(ball{0});
  CHECK(within(result.get_future()) == 300'000);
}

}  // namespace behavior_test
