// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <vector>

#include "within.hpp"

namespace ask_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct work {
  using reply = int;
  int n = 0;
};
struct fail_with {
  using reply = int;
  int kind = 0;
};
struct fail_later {
  using reply = int;
};
struct forget {
  using reply = int;
};
struct never {
  using reply = int;
};
struct poke {};

class subject : public actor<work, fail_with, fail_later, forget, never, poke> {
 public:
  int on(work m) const { return m.n; }
  int on(fail_with m) {
    if (m.kind == 0) throw std::out_of_range("too far");
    if (m.kind == 1) throw 42;
    throw std::bad_alloc();
  }
  task<int> on(fail_later) {
    co_await sleep_for(1us);
    throw std::domain_error("on second thoughts");
  }
  promise<int> on(forget) { return make_promise<int>(); }
  promise<int> on(never) {
    kept_.push_back(make_promise<int>());
    return kept_.back();
  }
  void on(poke) const { throw std::runtime_error("poked"); }

 private:
  std::vector<promise<int>> kept_;
};

template <class M, class... Ms>
failure failure_of(const actor_ref<Ms...>& to, M message, std::chrono::nanoseconds timeout = {}) {
  try {
    (void)to.ask(message, timeout).get();
  } catch (const error& e) {
    return e.details();
  }
  return {errc{}, "it did not fail", {}};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Asks `to` and reports how that ended, each time it ends.
template <class M, class To>
behavior asker(mailbox<> mail, To to, M message, std::atomic<int>* ends,
               std::promise<errc>* result) {
  (void)mail;
  auto answer = co_await to.ask(message).result();
  ++*ends;
  result->set_value(answer.has_value() ? errc{} : answer.error().code);
}

}  // namespace

TEST_CASE("ask: a handler's exception ends it with type and text, and ends the actor") {
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  failure f = failure_of(a, fail_with{0});
  CHECK(f.code == errc::handler_failed);
  CHECK(contains(f.text, "std::out_of_range"));
  CHECK(contains(f.text, "too far"));
  CHECK(failure_of(a, work{}).code == errc::actor_down);

  CHECK(contains(failure_of(system.spawn<subject>(), fail_with{1}).text, "not a std::exception"));
  CHECK(contains(failure_of(system.spawn<subject>(), fail_with{2}).text, "bad_alloc"));
  f = failure_of(system.spawn<subject>(), fail_later{});
  CHECK(f.code == errc::handler_failed);
  CHECK(contains(f.text, "std::domain_error: on second thoughts"));
  CHECK_THROWS_AS(system.spawn<subject>().ask(fail_with{0}).get(), handler_error);
  f = failure_of(system.spawn<subject>(), poke{});  // void, and no reply to give
  CHECK(f.code == errc::handler_failed);
}

TEST_CASE("ask: ends with actor_down if the callee is gone, and says how it ended") {
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  a.stop();
  CHECK(failure_of(a, work{}).code == errc::actor_down);
  auto next = system.spawn<subject>();  // perhaps in the same slot
  CHECK(failure_of(a, work{}).code == errc::actor_down);
  CHECK(next.ask(work{3}).get() == 3);
  CHECK(failure_of(actor_ref<work>{}, work{}).reason.what == exit_reason::cause::never_existed);
}

TEST_CASE("ask: what waits in the mailbox of an actor that dies learns why") {
  std::promise<void> entered, go;
  std::atomic<int> ends{0};
  std::promise<errc> results[3];
  actor_system system({.workers = 1});
  struct plug {};
  auto a = system.spawn([&, open = go.get_future().share()](mailbox<plug, work> mail) -> behavior {
    co_await mail.receive<plug>();
    entered.set_value();
    open.wait();  // the only worker stands still: the test fills the mailbox
    throw std::runtime_error("gone before it came to that");
  });
  a.tell(plug{});
  within(entered.get_future());
  for (auto& r : results) system.spawn<asker<work, decltype(a)>>(a, work{}, &ends, &r);
  go.set_value();
  for (auto& r : results) CHECK(within(r.get_future()) == errc::actor_down);
  CHECK(ends == 3);
}

TEST_CASE("ask: a promise that is kept by an actor that is killed ends with the actor") {
  std::atomic<int> ends{0};
  std::promise<errc> result;
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  system.spawn<asker<never, decltype(a)>>(a, never{}, &ends, &result);
  while (failure_of(a, never{}, 1ms).code != errc::timeout) {
  }
  a.kill();
  CHECK(within(result.get_future()) == errc::actor_down);
  CHECK(ends == 1);
}

TEST_CASE("ask: a promise that is dropped ends it as broken") {
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  CHECK(failure_of(a, forget{}).code == errc::broken_promise);
  CHECK_THROWS_AS(a.ask(forget{}).get(), broken_promise);
  CHECK(a.ask(work{5}).get() == 5);
}

TEST_CASE("ask: ends at its time, never before, and a late answer harms nobody") {
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  const auto start = std::chrono::steady_clock::now();
  CHECK(failure_of(a, never{}, 10ms).code == errc::timeout);
  CHECK(std::chrono::steady_clock::now() - start >= 10ms);
  CHECK(a.ask(work{1}, 60s).get() == 1);

  auto late = system.spawn([](mailbox<work> mail) -> behavior {
    for (;;) {
      auto q = co_await mail.receive<question<work>>();
      co_await sleep_for(3ms);
      q.answer.set_value(q.message.n);
    }
  });
  auto impatient = [](actor_ref<work> to) -> task<int> {
    int timeouts = 0;
    for (int i = 0; i < 5; ++i) {
      auto r = co_await to.ask(work{i}, 1ms).result();
      timeouts += !r.has_value();
    }
    // Its own answer, not one of those that came too late.
    const int n = co_await to.ask(work{99});
    co_return n + timeouts;
  };
  CHECK(system.run(impatient(late)) == 104);
}

TEST_CASE("ask: blocking inside an actor is refused") {
  actor_system system({.workers = 2});
  auto a = system.spawn<subject>();
  auto blocks = [&]() -> task<std::string> {
    std::string text;
    try {
      a.ask(work{}).get();
    } catch (const misuse_error& e) {
      text = e.what();
    }
    co_return text;
  };
  CHECK(contains(system.run(blocks()), "co_await"));
  auto runs = [&]() -> task<bool> {
    bool refused = false;
    try {
      system.run(blocks());
    } catch (const misuse_error&) {
      refused = true;
    }
    co_return refused;
  };
  CHECK(system.run(runs()));
}

namespace {

struct relay {
  using reply = int;
  int left = 0;
  std::chrono::nanoseconds patience = 15ms;
};
struct meet {
  actor_ref<relay> next;
};
class knot : public actor<relay, meet> {
 public:
  void on(meet m) { next_ = m.next; }
  task<int> on(relay m) {
    if (m.left == 0) co_return 1;
    const auto r = co_await next_.ask(relay{m.left - 1, m.patience}, m.patience).result();
    if (!r) throw_failure(r.error());
    co_return *r + 1;
  }

 private:
  actor_ref<relay> next_;
};

}  // namespace

TEST_CASE("ask: an actor that asks itself runs into its deadline, and lives on if it likes") {
  actor_system system({.workers = 2});
  auto a = system.spawn<knot>();
  a.tell(meet{a});
  const failure f = failure_of(a, relay{1});
  CHECK(f.code == errc::handler_failed);
  CHECK(contains(f.text, "no answer in the time given"));
}

TEST_CASE("ask: A asks B asks A: each ask ends, by its deadline") {
  actor_system system({.workers = 2});
  auto a = system.spawn<knot>();
  auto b = system.spawn<knot>();
  a.tell(meet{b});
  b.tell(meet{a});
  CHECK(a.ask(relay{1, 60s}).get() == 2);
  CHECK(failure_of(a, relay{2}).code == errc::handler_failed);
}

TEST_CASE("ask: around a ring of a hundred, and over its end") {
  actor_system system({.workers = 2});
  std::vector<decltype(system.spawn<knot>())> ring;
  for (int i = 0; i < 100; ++i) ring.push_back(system.spawn<knot>());
  for (int i = 0; i < 100; ++i) ring[i].tell(meet{ring[(i + 1) % 100]});
  CHECK(ring[0].ask(relay{99, 60s}, 60s).get() == 100);
  CHECK(failure_of(ring[0], relay{100}, 60s).code == errc::handler_failed);
}

TEST_CASE("ask: of an actor whose system has ended ends too, from wherever it is asked") {
  actor_ref<work> left;
  actor_ref<never> left_unasked;
  {
    actor_system gone({.workers = 1});
    left = gone.spawn<subject>();
    left_unasked = gone.spawn<subject>();
  }
  actor_system system({.workers = 2});
  auto asks = [](actor_ref<work> to) -> task<errc> {
    auto r = co_await to.ask(work{}, 60s).result();
    co_return r ? errc{} : r.error().code;
  };
  CHECK(system.run(asks(left)) == errc::actor_down);
  auto watches = [](actor_ref<never> whom) -> task<exit_reason> { co_return co_await ended(whom); };
  CHECK(system.run(watches(left_unasked)).what == exit_reason::cause::never_existed);
}

TEST_CASE("ask: an exception with unanswered promises around still ends each ask once") {
  struct ask_twice {
    using reply = int;
  };
  struct promiser : actor<ask_twice> {
    promise<int> on(ask_twice) {
      auto first = make_promise<int>();
      auto second = make_promise<int>();
      first.set_value(1);
      second.set_value(2);
      throw std::runtime_error("after the answer");
    }
  };
  std::atomic<int> ends{0};
  std::promise<errc> result;
  actor_system system({.workers = 2});
  auto a = system.spawn<promiser>();
  system.spawn<asker<ask_twice, decltype(a)>>(a, ask_twice{}, &ends, &result);
  CHECK(within(result.get_future()) == errc{});
  system.shutdown();
  CHECK(ends == 1);
}

}  // namespace ask_test
