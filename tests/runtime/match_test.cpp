// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <vector>

#include "deadline.hpp"
#include "within.hpp"

namespace match_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct ball {
  int hops = 0;
};
struct note {
  std::string text;
};
struct stop_now {};
struct score {
  using reply = int;
};
struct greet {
  using reply = std::string;
  std::string name;
};

behavior wait_for_ball(mailbox<ball> mail) { co_await mail.receive<ball>(); }

}  // namespace

TEST_CASE("match: runs the handler of what comes, in order, and leaves the rest") {
  deadline watch("match");
  std::promise<std::string> result;
  actor_system system({.workers = 2});
  auto a = system.spawn([&](mailbox<ball, note, stop_now> mail) -> behavior {
    std::string log;
    bool over = false;
    while (!over) {
      co_await mail.match([&](ball b) { log += std::to_string(b.hops); },
                          [&](const stop_now&) { over = true; });
    }
    const note kept = co_await mail.receive<note>();  // nobody has taken it
    result.set_value(log + kept.text);
  });
  a.tell(ball{1});
  a.tell(note{"kept"});
  a.tell(ball{2});
  a.tell(stop_now{});
  CHECK(within(result.get_future()) == "12kept");
}

TEST_CASE("match: a handler of a message with a reply returns the reply") {
  deadline watch("match and answer");
  actor_system system({.workers = 2});
  auto a = system.spawn([](mailbox<ball, score, greet> mail) -> behavior {
    int sum = 0;
    for (;;) {
      co_await mail.match([&](ball b) { sum += b.hops; }, [&](score) { return sum; },
                          [](question<greet> q) { q.answer.set_value("hello " + q.message.name); });
    }
  });
  a.tell(ball{20});
  a.tell(ball{22});
  CHECK(a.ask(score{}).get() == 42);
  CHECK(a.ask(greet{"Ada"}).get() == "hello Ada");
}

TEST_CASE("match: a handler that throws tells the asker and the coroutine") {
  deadline watch("match and throw");
  actor_system system({.workers = 2});
  std::promise<std::string> caught;
  auto a = system.spawn([&](mailbox<score> mail) -> behavior {
    std::string text;
    try {
      co_await mail.match([](score) -> int { throw std::out_of_range("no score yet"); });
    } catch (const std::out_of_range& e) {
      text = e.what();
    }
    caught.set_value(text);
    co_await mail.match([](score) { return 1; });
  });
  CHECK_THROWS_AS((void)a.ask(score{}).get(), handler_error);
  CHECK(within(caught.get_future()) == "no score yet");
  CHECK(a.ask(score{}).get() == 1);
}

TEST_CASE("match: with a timeout, false if nothing came") {
  deadline watch("match with a timeout");
  std::promise<int> result;
  actor_system system({.workers = 2});
  auto a = system.spawn([&](mailbox<ball, note> mail) -> behavior {
    int hops = 0;
    const bool first = co_await mail.match(60s, [&](ball b) { hops += b.hops; });
    const bool second = co_await mail.match(1ms, [&](ball b) { hops += b.hops; });
    const bool third = co_await mail.match(0s, [&](note) { hops += 100; }, [&](ball) {});
    result.set_value(first && !second && third ? hops : -1);
  });
  a.tell(note{"x"});
  a.tell(ball{7});
  CHECK(within(result.get_future()) == 107);
}

TEST_CASE("match: hears of ends") {
  deadline watch("match and down");
  std::promise<std::string> result;
  actor_system system({.workers = 2});
  auto a = system.spawn([&](mailbox<ball> mail) -> behavior {
    auto other = mail.spawn<&wait_for_ball>();
    mail.monitor(other);
    other.kill();
    std::string text;
    co_await mail.match([](ball) {}, [&](down d) { text = to_string(d.reason); });
    result.set_value(text);
  });
  (void)a;
  CHECK(within(result.get_future()) == "killed");
}

namespace {

struct slow_add {
  using reply = int;
  int n = 0;
};
struct now {
  using reply = int;
};
struct number {
  using reply = int;
  int n = 0;
};
/// Says nothing before it may.
class source : public actor<number> {
 public:
  explicit source(std::atomic<bool>* may_speak) : may_speak_(may_speak) {}
  task<int> on(number m) {
    do {
      co_await sleep_for(200us);
    } while (!*may_speak_);
    co_return m.n;
  }

 private:
  std::atomic<bool>* may_speak_;
};
class adder : public actor<slow_add, now, ball> {
 public:
  static constexpr bool reentrant = true;
  explicit adder(actor_ref<number> from) : from_(from) {}
  task<int> on(slow_add m) {
    const int before = ++begun_;
    const int n = co_await from_.ask(number{m.n});
    sum_ += n;
    const int more = co_await from_.ask(number{before});
    ++ended_;
    co_return n + more;
  }
  int on(now) const { return begun_ * 100 + ended_; }
  void on(ball) {}

 private:
  actor_ref<number> from_;
  int begun_ = 0;
  int ended_ = 0;
  int sum_ = 0;
};

}  // namespace

TEST_CASE("reentrant: other messages are handled while handlers wait, each gets its own answer") {
  deadline watch("reentrant");
  std::atomic<bool> may_speak{false};
  actor_system system({.workers = 2});
  auto a = system.spawn<adder>(system.spawn<source>(&may_speak));
  std::atomic<int> wrong{0};
  std::atomic<int> most{0};
  auto many = [&]() -> task<void> {
    std::vector<actor_ref<>> askers;
    for (int i = 1; i <= 20; ++i) {
      askers.push_back(system.spawn(
          [&wrong](mailbox<>, actor_ref<slow_add> to, int n) -> behavior {
            const int got = co_await to.ask(slow_add{1000 * n});
            wrong += got / 1000 != n || got % 1000 < 1 || got % 1000 > 20;
          },
          a, i));
    }
    for (int i = 0; i < 50 || most < 2; ++i) {
      const int state = co_await a.ask(now{});
      most = std::max(most.load(), state / 100 - state % 100);
      a.tell(ball{});
    }
    may_speak = true;
    for (auto& each : askers) co_await ended(each);
  };
  system.run(many());
  CHECK(wrong == 0);
  CHECK(most > 1);  // two handlers waited at once
  CHECK(a.ask(now{}).get() == 2020);
}

TEST_CASE("reentrant: an end while two handlers wait ends both asks, and what they asked") {
  deadline watch("reentrant end");
  actor_system system({.workers = 2});
  struct stuck : actor<number> {
    promise<int> on(number) {
      kept.push_back(make_promise<int>());
      return kept.back();
    }
    std::vector<promise<int>> kept;
  };
  auto a = system.spawn<adder>(system.spawn<stuck>());
  std::atomic<int> down{0};
  std::vector<actor_ref<>> askers;
  for (int i = 0; i < 2; ++i) {
    askers.push_back(system.spawn(
        [&](mailbox<>, actor_ref<slow_add> to) -> behavior {
          auto asked = to.ask(slow_add{1}).result();
          const auto r = co_await asked;
          down += !r && r.error().code == errc::actor_down;
        },
        a));
  }
  auto kill_it = [&]() -> task<void> {
    for (int state = 0; state < 200;) state = co_await a.ask(now{});
    a.kill();
    for (auto& each : askers) co_await ended(each);
  };
  system.run(kill_it());
  CHECK(down == 2);
}

}  // namespace match_test
