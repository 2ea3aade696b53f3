// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <troupe/actor_system.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace deadline_test {

using namespace troupe;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

struct plug {
  static constexpr bool local_only = true;
  std::shared_future<void> open;
};
struct never {
  using reply = int;
};
struct twice {
  using reply = int;
  int of = 0;
};
struct ran {
  using reply = int;
};

/// Never answers `never`; counts what it has run.
class callee : public actor<never, twice, ran> {
 public:
  promise<int> on(never) {
    ++ran_;
    kept_.push_back(make_promise<int>());
    return kept_.back();
  }
  int on(twice m) {
    ++ran_;
    return 2 * m.of;
  }
  int on(ran) const { return ran_; }

 private:
  int ran_ = 0;
  std::vector<promise<int>> kept_;
};
using callee_ref = actor_ref<never, twice, ran>;

/// How an ask of `never` ended that was made on behalf of somebody.
struct pass_on {
  using reply = errc;
  callee_ref to;
  std::chrono::nanoseconds timeout{};
  bool after_a_wait = false;
};
class middle : public actor<pass_on> {
 public:
  explicit middle(std::promise<errc>* inner) : inner_(inner) {}
  task<errc> on(pass_on m) {
    if (m.after_a_wait) co_await sleep_for(1us);
    auto asked = m.to.ask(never{}, m.timeout).result();
    const auto answer = co_await asked;
    const errc code = answer ? errc{} : answer.error().code;
    inner_->set_value(code);
    co_return code;
  }

 private:
  std::promise<errc>* inner_;
};

struct nap {
  using reply = int;
  int microseconds = 0;
};
class sleeper : public actor<nap> {
 public:
  static constexpr bool reentrant = true;
  task<int> on(nap m) {
    co_await sleep_for(std::chrono::microseconds{m.microseconds});
    co_return m.microseconds;
  }
};

template <class M, class... Ms>
errc code_of(const actor_ref<Ms...>& to, M message, std::chrono::nanoseconds timeout = {}) {
  try {
    (void)to.ask(message, timeout).get();
  } catch (const error& e) {
    return e.code();
  }
  return {};
}

/// Asks with a deadline that is to pass while the question is handled. On a machine that stalls it may pass
/// before: then the question is a dead letter, and is asked again, with more time.
template <class M>
class patient_asker {
 public:
  /// Before the first actor is spawned.
  explicit patient_asker(actor_system& system) {
    system.on_dead_letter([expired = expired_](const dead_letter_report& report) {
      if (report.as<M>()) ++*expired;
    });
  }
  /// \param handled  ready once a question has been handled
  template <class... Ms>
  errc code_of(const actor_ref<Ms...>& to, const M& message, std::chrono::nanoseconds timeout,
               const std::future<errc>& handled) const {
    const auto is_handled = [&] { return handled.wait_for(0s) == std::future_status::ready; };
    for (;; timeout *= 2) {
      const int before = *expired_;
      const errc code = deadline_test::code_of(to, message, timeout);
      eventually([&] { return is_handled() || *expired_ != before; });
      if (is_handled()) return code;
    }
  }

 private:
  std::shared_ptr<std::atomic<int>> expired_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace

TEST_CASE("deadline: an ask made for an asker ends when the asker's time is up") {
  deadline watch("an inherited deadline");
  for (bool after_a_wait : {false, true}) {
    std::promise<errc> inner;
    auto ended = inner.get_future();
    actor_system system({.workers = 2});
    const patient_asker<pass_on> asker(system);
    auto last = system.spawn<callee>();
    auto m = system.spawn<middle>(&inner);
    CHECK(asker.code_of(m, pass_on{last, {}, after_a_wait}, 5ms, ended) == errc::timeout);
    CHECK(within(std::move(ended)) == errc::timeout);  // without any time limit of its own
  }
}

TEST_CASE("deadline: the shorter one holds") {
  deadline watch("the shorter deadline");
  actor_system system({.workers = 2});
  const patient_asker<pass_on> asker(system);
  auto last = system.spawn<callee>();
  std::promise<errc> own_is_shorter;
  auto m = system.spawn<middle>(&own_is_shorter);
  const auto start = clock_type::now();
  CHECK(m.ask(pass_on{last, 5ms}, 60s).get() == errc::timeout);
  CHECK(clock_type::now() - start < 50s);
  std::promise<errc> own_is_longer;
  auto ended = own_is_longer.get_future();
  auto n = system.spawn<middle>(&own_is_longer);
  CHECK(asker.code_of(n, pass_on{last, 1h}, 5ms, ended) == errc::timeout);
  CHECK(within(std::move(ended)) == errc::timeout);
}

TEST_CASE("deadline: no_deadline asks for as long as it takes") {
  deadline watch("no_deadline");
  std::promise<errc> inner;
  auto ended = inner.get_future();
  {
    actor_system system({.workers = 2});
    auto last = system.spawn<callee>();
    auto m = system.spawn<middle>(&inner);
    for (auto timeout = 2ms; last.ask(ran{}).get() == 0; timeout *= 2) {
      CHECK(code_of(m, pass_on{last, no_deadline}, timeout) == errc::timeout);
    }
    CHECK(last.ask(ran{}).get() == 1);
    CHECK(ended.wait_for(20ms) == std::future_status::timeout);
    last.kill();
    CHECK(within(std::move(ended)) == errc::actor_down);
  }
}

TEST_CASE("deadline: to run into an inherited one ends the handler, not the actor") {
  deadline watch("an inherited deadline that nobody catches");
  struct naive : actor<pass_on, ran> {
    task<errc> on(pass_on m) {
      const int n = co_await m.to.ask(never{});  // throws when the asker's time is up
      co_return static_cast<errc>(n);
    }
    int on(ran) const { return 4711; }
  };
  actor_system system({.workers = 2});
  auto last = system.spawn<callee>();
  auto n = system.spawn<naive>();
  for (int i = 0; i < 3; ++i) CHECK(code_of(n, pass_on{last}, 2ms) == errc::timeout);
  CHECK(n.ask(ran{}).get() == 4711);
  struct own : actor<pass_on> {
    task<errc> on(pass_on m) {
      (void)co_await m.to.ask(never{}, 1ms);  // this one is its own business
      co_return errc{};
    }
  };
  CHECK(code_of(system.spawn<own>(), pass_on{last}, 60s) == errc::handler_failed);
}

TEST_CASE("deadline: a told handler inherits none, nor does the next one asked") {
  deadline watch("no deadline to inherit");
  struct poke {};
  struct ask_now {
    using reply = int;
  };
  struct idler : actor<poke, ask_now> {
    explicit idler(callee_ref t) : to(t) {}
    task<int> on(ask_now) {
      co_await sleep_for(5ms);  // past the deadline of who was asked before
      const int n = co_await to.ask(twice{4});
      co_return n;
    }
    task<void> on(poke) {
      auto r = co_await to.ask(twice{1}).result();
      CHECK(r.has_value());
    }
    callee_ref to;
  };
  actor_system system({.workers = 2});
  auto a = system.spawn<idler>(system.spawn<callee>());
  CHECK(code_of(a, ask_now{}, 1ms) == errc::timeout);
  a.tell(poke{});
  CHECK(a.ask(ask_now{}).get() == 8);
}

TEST_CASE("deadline: a coroutine actor inherits it until it has answered") {
  deadline watch("a coroutine actor's deadline");
  std::promise<errc> before, after;
  auto ended = before.get_future();
  actor_system system({.workers = 2});
  const patient_asker<twice> asker(system);
  auto last = system.spawn<callee>();
  auto server = system.spawn([&](mailbox<twice> mail) -> behavior {
    {
      auto q = co_await mail.receive<question<twice>>();
      auto r = co_await last.ask(never{}).result();  // ends with the question's time
      before.set_value(r ? errc{} : r.error().code);
      q.answer.set_value(0);
    }
    auto q = co_await mail.receive<question<twice>>();
    q.answer.set_value(7);
    co_await sleep_for(5ms);
    auto r = co_await last.ask(twice{1}).result();  // its time would be up by now
    after.set_value(r ? errc{} : r.error().code);
  });
  CHECK(asker.code_of(server, twice{}, 3ms, ended) == errc::timeout);
  CHECK(within(std::move(ended)) == errc::timeout);
  CHECK(server.ask(twice{}, 4ms).result().await_ready() == false);
  auto asks = [](actor_ref<twice> to) -> task<int> {
    auto r = co_await to.ask(twice{}, 1h).result();
    co_return r ? *r : -1;
  };
  CHECK(system.run(asks(server)) == 7);
  CHECK(within(after.get_future()) == errc{});
}

TEST_CASE("deadline: an expired question is a dead letter and is not run") {
  deadline watch("an expired question");
  struct slow : actor<plug, twice, ran> {
    void on(const plug& p) { p.open.wait(); }
    int on(twice) { return ++runs; }
    int on(ran) const { return runs; }
    int runs = 0;
  };
  std::promise<void> open;
  actor_system system({.workers = 2});
  auto s = system.spawn<slow>();
  s.tell(plug{open.get_future().share()});
  CHECK(code_of(s, twice{}, 1ms) == errc::timeout);
  const auto before = system.dead_letters();
  open.set_value();
  CHECK(s.ask(ran{}).get() == 0);
  CHECK(system.dead_letters() == before + 1);
}

TEST_CASE("deadline: an expired question in the stash of a coroutine actor is not received") {
  deadline watch("an expired question in a stash");
  struct go {};
  std::promise<int> received;
  actor_system system({.workers = 2});
  auto picky = system.spawn([&](mailbox<go, twice> mail) -> behavior {
    co_await mail.receive<go>();
    auto q = co_await mail.receive<question<twice>>();
    received.set_value(q.message.of);
    q.answer.set_value(0);
  });
  CHECK(code_of(picky, twice{1}, 1ms) == errc::timeout);
  picky.tell(go{});
  CHECK(code_of(picky, twice{2}) == errc{});
  CHECK(within(received.get_future()) == 2);
}

TEST_CASE("deadline: ten thousand waits at once, each for its own moment, take no square of time") {
  deadline watch("ten thousand waits");
  actor_system system({.workers = 2});
  auto s = system.spawn<sleeper>();
  auto asks = [](auto to) -> task<int> {
    for (int i = 0; i < 10'000; ++i) to.tell(nap{1000 + i * 7 % 10'000});
    const int last = co_await to.ask(nap{20'000});
    co_return last;
  };
  CHECK(system.run(asks(s)) == 20'000);
}

}  // namespace deadline_test
