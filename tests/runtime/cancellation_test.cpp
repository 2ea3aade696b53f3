// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <future>
#include <stop_token>
#include <thread>
#include <troupe/actor_system.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace cancellation_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct dig {
  using reply = int;
};
struct plug {
  static constexpr bool local_only = true;
  std::shared_future<void> open;
};
struct never {
  using reply = int;
};
struct runs {
  using reply = int;
};

/// Digs until nobody waits for what it finds.
class digger : public actor<dig, never, runs> {
 public:
  static constexpr bool reentrant = true;
  explicit digger(std::promise<void>* begun, std::promise<void>* given_up)
      : begun_(begun), given_up_(given_up) {}

  task<int> on(dig) {
    ++runs_;
    const std::stop_token token = cancellation();
    if (begun_) std::exchange(begun_, nullptr)->set_value();
    while (!token.stop_requested()) co_await sleep_for(100us);
    given_up_->set_value();
    co_return 0;
  }
  promise<int> on(never) {
    kept_.push_back(make_promise<int>());
    return kept_.back();
  }
  int on(runs) const { return runs_; }

 private:
  std::promise<void>* begun_;
  std::promise<void>* given_up_;
  int runs_ = 0;
  std::vector<promise<int>> kept_;
};
using digger_ref = actor_ref<dig, never, runs>;

struct work {
  using reply = int;
  int n = 0;
};
class worker : public actor<work> {
 public:
  static constexpr bool reentrant = true;
  task<int> on(work m) {
    const auto token = cancellation();
    co_await sleep_for(std::chrono::microseconds{m.n % 500});
    co_return token.stop_requested() ? -1 : m.n;
  }
};

behavior ask_to_dig(mailbox<> mail, digger_ref whom) {
  (void)mail;
  auto asked = whom.ask(dig{}).result();
  co_await asked;
}

struct site {
  std::promise<void> begun, given_up;
  actor_system system{{.workers = 2}};
  digger_ref worker = system.spawn<digger>(&begun, &given_up);
};

}  // namespace

TEST_CASE("cancellation: the handler learns that its asker was killed") {
  deadline watch("an asker that was killed");
  site s;
  auto asker = s.system.spawn<&ask_to_dig>(s.worker);
  within(s.begun.get_future());
  asker.kill();
  within(s.given_up.get_future());
  CHECK(s.worker.ask(runs{}).get() == 1);
}

TEST_CASE("cancellation: the handler learns that the deadline has passed") {
  deadline watch("a deadline that has passed");
  site s;
  // It must come to the handler before: one that expires on its way there is nobody's.
  CHECK_THROWS_AS((void)s.worker.ask(dig{}, 1s).get(), timeout_error);
  within(s.given_up.get_future());
}

TEST_CASE("cancellation: the handler learns that its own actor ends") {
  deadline watch("an actor that ends");
  std::promise<std::stop_token> given;
  struct holder : actor<dig> {
    explicit holder(std::promise<std::stop_token>* g) : given(g) {}
    task<int> on(dig) {
      given->set_value(cancellation());
      co_await sleep_for(1h);
      co_return 0;
    }
    std::promise<std::stop_token>* given;
  };
  actor_system system({.workers = 2});
  auto w = system.spawn<holder>(&given);
  system.spawn(
      [](mailbox<>, actor_ref<dig> to) -> behavior {
        auto asked = to.ask(dig{}).result();
        co_await asked;
      },
      w);
  const std::stop_token token = within(given.get_future());
  CHECK_FALSE(token.stop_requested());
  w.kill();
  eventually([&] {
    std::this_thread::yield();
    return token.stop_requested();
  });
}

TEST_CASE(
    "cancellation: an ask is given up by a stop token, from any thread, and the callee learns it") {
  deadline watch("an ask that is given up");
  site s;
  std::stop_source give_up;
  auto asks = [](digger_ref whom, std::stop_token token) -> task<errc> {
    auto asked = whom.ask(dig{}, token).result();
    const auto r = co_await asked;
    co_return r ? errc{} : r.error().code;
  };
  std::thread boss([&] {
    within(s.begun.get_future());
    give_up.request_stop();
  });
  CHECK(s.system.run(asks(s.worker, give_up.get_token())) == errc::cancelled);
  boss.join();
  within(s.given_up.get_future());
}

TEST_CASE(
    "cancellation: a token that was triggered before ends the ask at once, as cancelled_error") {
  deadline watch("a token that was triggered before");
  site s;
  std::stop_source give_up;
  give_up.request_stop();
  auto asks = [](digger_ref whom, std::stop_token token) -> task<bool> {
    bool thrown = false;
    try {
      auto asked = whom.ask(never{}, 1h, token);
      co_await std::move(asked);
    } catch (const cancelled_error&) {
      thrown = true;
    }
    co_return thrown;
  };
  CHECK(s.system.run(asks(s.worker, give_up.get_token())));
  std::stop_source unused;  // and one that never is harms nobody
  auto fine = [](digger_ref whom, std::stop_token token) -> task<int> {
    auto asked = whom.ask(runs{}, token);
    const int n = co_await std::move(asked);
    co_return n;
  };
  CHECK(s.system.run(fine(s.worker, unused.get_token())) == 0);
}

TEST_CASE("cancellation: a question that still waits in the mailbox is not run") {
  deadline watch("a question that is withdrawn");
  struct slow : actor<plug, dig, runs> {
    explicit slow(std::promise<void>* e) : entered(e) {}
    void on(const plug& p) {
      entered->set_value();
      p.open.wait();
    }
    int on(dig) { return ++count; }
    int on(runs) const { return count; }
    std::promise<void>* entered;
    int count = 0;
  };
  std::promise<void> entered, open;
  actor_system system({.workers = 2});
  auto s = system.spawn<slow>(&entered);
  s.tell(plug{open.get_future().share()});
  within(entered.get_future());
  std::vector<actor_ref<>> askers;
  std::atomic<int> asked{0};
  for (int i = 0; i < 20; ++i) {
    askers.push_back(system.spawn(
        [&](mailbox<>, actor_ref<dig> to) -> behavior {
          ++asked;
          auto waiting = to.ask(dig{}).result();
          co_await waiting;
        },
        s));
  }
  auto watch_ends = [&]() -> task<int> {
    int n = 0;
    while (asked < 20) co_await sleep_for(100us);
    for (auto& a : askers) a.kill();
    for (auto& a : askers) {
      co_await ended(a);
      ++n;
    }
    co_return n;
  };
  CHECK(system.run(watch_ends()) == 20);
  const auto before = system.dead_letters();
  open.set_value();
  CHECK(s.ask(runs{}).get() == 0);
  CHECK(system.dead_letters() == before + 20);
  auto again = [](auto to) -> task<int> {
    const int n = co_await to.ask(dig{});
    co_return n;
  };
  CHECK(system.run(again(s)) == 1);  // the next is
}

TEST_CASE("cancellation: a handler that passes the token on ends with it, its actor lives") {
  deadline watch("a token that is passed on");
  std::promise<void> begun;
  struct passes_on : actor<dig, runs> {
    passes_on(digger_ref t, std::promise<void>* b) : to(t), begun(b) {}
    task<int> on(dig) {
      auto asked = to.ask(never{}, cancellation());
      if (begun) std::exchange(begun, nullptr)->set_value();
      const int n = co_await std::move(asked);
      co_return n;
    }
    int on(runs) const { return 1; }
    digger_ref to;
    std::promise<void>* begun;
  };
  site s;
  auto p = s.system.spawn<passes_on>(s.worker, &begun);
  auto asker = s.system.spawn(
      [](mailbox<>, actor_ref<dig> to) -> behavior {
        auto asked = to.ask(dig{}).result();
        co_await asked;
      },
      p);
  within(begun.get_future());
  asker.kill();
  CHECK(p.ask(runs{}).get() == 1);
}

TEST_CASE("cancellation: a promise has a token of its own") {
  deadline watch("the token of a promise");
  std::promise<std::stop_token> token;
  struct keeper : actor<dig> {
    explicit keeper(std::promise<std::stop_token>* t) : token(t) {}
    promise<int> on(dig) {
      kept = make_promise<int>();
      token->set_value(kept.cancellation());
      CHECK(kept.cancellation() == kept.cancellation());
      return kept;
    }
    std::promise<std::stop_token>* token;
    promise<int> kept;
  };
  actor_system system({.workers = 2});
  auto k = system.spawn<keeper>(&token);
  auto asker = system.spawn(
      [](mailbox<>, actor_ref<dig> to) -> behavior {
        auto asked = to.ask(dig{}).result();
        co_await asked;
      },
      k);
  const std::stop_token given = within(token.get_future());
  CHECK_FALSE(given.stop_requested());
  asker.kill();
  eventually([&] {
    std::this_thread::yield();
    return given.stop_requested();
  });
}

TEST_CASE("cancellation: a coroutine actor asks the question it has received") {
  deadline watch("the token of a question");
  std::promise<void> begun, told;
  actor_system system({.workers = 2});
  auto server = system.spawn([&](mailbox<dig> mail) -> behavior {
    auto q = co_await mail.receive<question<dig>>();
    const std::stop_token token = q.answer.cancellation();
    begun.set_value();
    while (!token.stop_requested()) co_await sleep_for(100us);
    told.set_value();
  });
  auto asker = system.spawn(
      [](mailbox<>, actor_ref<dig> to) -> behavior {
        auto asked = to.ask(dig{}).result();
        co_await asked;
      },
      server);
  within(begun.get_future());
  asker.kill();
  within(told.get_future());
}

TEST_CASE("cancellation: a handler that was told, or has answered, has nothing to be cancelled") {
  deadline watch("nothing to be cancelled");
  struct poke {};
  std::promise<bool> possible;
  struct told : actor<poke> {
    explicit told(std::promise<bool>* p) : possible(p) {}
    task<void> on(poke) {
      const auto token = cancellation();
      co_await sleep_for(1us);
      possible->set_value(token.stop_possible());
    }
    std::promise<bool>* possible;
  };
  actor_system system({.workers = 2});
  system.spawn<told>(&possible).tell(poke{});
  CHECK_FALSE(within(possible.get_future()));
}

TEST_CASE("cancellation: scopes go with their handlers, however many there are") {
  deadline watch("scopes");
  actor_system system({.workers = 2});
  auto w = system.spawn<worker>();
  std::atomic<int> right{0};
  std::vector<actor_ref<>> askers;
  for (int i = 0; i < 1000; ++i) {
    askers.push_back(system.spawn(
        [&right](mailbox<>, actor_ref<work> to, int n) -> behavior {
          auto asked = to.ask(work{n}, 60s).result();
          const auto r = co_await asked;
          right += r && *r == n;
        },
        w, i));
  }
  auto all = [&]() -> task<void> {
    for (auto& a : askers) co_await ended(a);
  };
  system.run(all());
  CHECK(right == 1000);
}

}  // namespace cancellation_test
