// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/supervisor.hpp>
#include <troupe/timer.hpp>
#include <vector>

#include "deadline.hpp"
#include "within.hpp"

namespace timer_test {

using namespace troupe;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

struct due {
  clock_type::time_point at;
};
struct tick {};

/// Takes `due` messages; counts those that come early or in the wrong order.
class timekeeper : public actor<due> {
 public:
  timekeeper(int expected, std::promise<int>* wrong) : left_(expected), result_(wrong) {}
  void on(due m) {
    wrong_ += clock_type::now() < m.at;
    wrong_ += m.at < last_;
    last_ = m.at;
    if (--left_ == 0) result_->set_value(wrong_);
  }

 private:
  int left_;
  int wrong_ = 0;
  clock_type::time_point last_{};
  std::promise<int>* result_;
};

std::size_t timers_of(actor_system& system) { return system.core().timers.size(); }

}  // namespace

TEST_CASE("timers: a thousand, set in any order, ring in order and never early") {
  std::vector<int> delays(1000);
  for (int i = 0; i < 1000; ++i) delays[i] = i * 20;  // microseconds
  std::shuffle(delays.begin(), delays.end(), std::mt19937(1));
  bool all_set = false;  // before the first has rung; again, if the machine has stalled meanwhile
  for (auto ahead = 500ms; !all_set; ahead *= 2) {
    std::promise<int> wrong;
    actor_system system({.workers = 2});
    auto keeper = system.spawn<timekeeper>(1000, &wrong);
    const auto start = clock_type::now() + ahead;
    for (int delay : delays) {
      const auto at = start + std::chrono::microseconds{delay};
      detail::start_timer(
          system.core(), at.time_since_epoch().count(), keeper.where(),
          detail::envelope_ptr(detail::make_envelope(detail::envelope_kind::tell, due{at})));
    }
    all_set = clock_type::now() < start;
    const int wrong_ones = within(wrong.get_future());
    if (all_set) CHECK(wrong_ones == 0);
  }
}

TEST_CASE("cancel: true until the message has been sent, which then never happens") {
  std::promise<int> wrong;
  actor_system system({.workers = 2});
  auto keeper = system.spawn<timekeeper>(1, &wrong);
  const auto far = system.tell_after(1h, keeper, due{});
  const auto never = system.tell_after(std::chrono::nanoseconds::max(), keeper, due{});
  CHECK(timers_of(system) == 2);
  CHECK(system.cancel(far));
  CHECK_FALSE(system.cancel(far));
  CHECK_FALSE(system.cancel(12345));
  const auto soon = system.tell_after(1us, keeper, due{});
  CHECK(within(wrong.get_future()) == 0);
  CHECK_FALSE(system.cancel(soon));
  CHECK(system.cancel(never));
  CHECK(timers_of(system) == 0);
}

TEST_CASE("tell_after: to an actor that has ended is a dead letter; at shutdown it is dropped") {
  std::promise<int> unused;
  actor_system system({.workers = 1});
  auto keeper = system.spawn<timekeeper>(1, &unused);
  keeper.kill();
  system.tell_after(1ms, keeper, due{});
  while (system.dead_letters() == 0) std::this_thread::yield();
  auto waiting = system.spawn<timekeeper>(1, &unused);
  system.tell_after(1h, waiting, due{});
  CHECK(system.shutdown());
  CHECK(timers_of(system) == 0);
}

TEST_CASE("sleep_for: is never early") {
  actor_system system({.workers = 2});
  auto sleeps = []() -> task<int> {
    int early = 0;
    for (int i = 0; i < 200; ++i) {
      const auto start = clock_type::now();
      co_await sleep_for(std::chrono::microseconds{i});
      early += clock_type::now() - start < std::chrono::microseconds{i};
    }
    co_await sleep_for(-1h);
    co_return early;
  };
  CHECK(system.run(sleeps()) == 0);
}

TEST_CASE("receive: timeouts in a hot loop do not pile up timers") {
  std::promise<std::size_t> most;
  actor_system system({.workers = 1});
  auto busy = system.spawn([&](mailbox<tick> mail) -> behavior {
    std::size_t seen = 0;
    for (int i = 0; i < 10'000; ++i) {
      mail.self().tell(tick{});
      auto t = co_await mail.receive<tick>(1h);
      if (!t) break;
      if (i % 100 == 0) seen = std::max(seen, timers_of(system));
    }
    most.set_value(seen);
  });
  CHECK(within(most.get_future()) <= 1);
  system.run([](actor_ref<> whom) -> task<exit_reason> { co_return co_await ended(whom); }(busy));
  CHECK(timers_of(system) == 0);
}

TEST_CASE("receive: long and short waits in turn do not pile up timers") {
  std::promise<std::size_t> most;
  actor_system system({.workers = 1});
  system.spawn([&](mailbox<tick> mail) -> behavior {
    std::size_t seen = 0;
    for (int i = 0; i < 200; ++i) {
      mail.self().tell(tick{});
      auto t = co_await mail.receive<tick>(1h);
      if (!t) break;
      co_await sleep_for(1us);
      seen = std::max(seen, timers_of(system));
    }
    most.set_value(seen);
  });
  CHECK(within(most.get_future()) <= 1);
}

TEST_CASE("timers: those of an actor end with it") {
  actor_system system({.workers = 2});
  std::vector<actor_ref<tick>> sleepers;
  for (int i = 0; i < 500; ++i) {
    sleepers.push_back(system.spawn([](mailbox<tick> mail) -> behavior {
      co_await mail.receive<tick>(1h);
      co_await sleep_for(1h);
    }));
    if (i % 2) sleepers.back().tell(tick{});
  }
  for (auto& s : sleepers) s.kill();
  while (system.live_actors() != 0) std::this_thread::yield();
  CHECK(timers_of(system) == 0);
}

TEST_CASE("timers: come through beside an actor that never pauses, on one worker") {
  std::atomic<bool> enough{false};
  std::promise<void> rang;
  actor_system system({.workers = 1});
  system.spawn([&](mailbox<tick> mail) -> behavior {
    while (!enough) {
      const auto until = clock_type::now() + 1ms;
      while (clock_type::now() < until) {
      }
      mail.self().tell(tick{});
      co_await mail.receive<tick>();
    }
  });
  const auto start = clock_type::now();
  system.spawn([&](mailbox<tick>) -> behavior {
    for (int i = 0; i < 10; ++i) co_await sleep_for(1ms);
    rang.set_value();
  });
  within(rang.get_future());
  enough = true;
  MESSAGE("ten naps of 1 ms beside turns of 100 ms: ",
          std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - start).count(),
          " ms");
}

namespace {

struct stamp {
  int number = 0;
};
struct count {
  using reply = int;
};
struct quiet {
  using reply = int;
};

/// Counts what comes; blocks its worker for a while on the first, if it is told to.
class counter : public actor<stamp, count> {
 public:
  explicit counter(std::chrono::milliseconds first = {}) : first_(first) {}
  void on(stamp) {
    ++count_;
    const auto until = clock_type::now() + std::exchange(first_, {});
    while (clock_type::now() < until) {
    }
  }
  int on(count) const { return count_; }

 private:
  std::chrono::milliseconds first_;
  int count_ = 0;
};

}  // namespace

TEST_CASE("tell_every: comes again and again, never before its time, until it is cancelled") {
  deadline watch("tell_every");
  actor_system system({.workers = 2});
  auto c = system.spawn<counter>();
  const auto start = clock_type::now();
  const auto id = system.tell_every(1ms, c, stamp{});
  int seen = 0;
  while (seen < 20) seen = c.ask(count{}).get();
  CHECK(clock_type::now() - start >= 20ms);
  CHECK(system.cancel(id));
  CHECK_FALSE(system.cancel(id));
  CHECK(timers_of(system) == 0);
  const int after = c.ask(count{}).get();
  const auto probe = clock_type::now();
  while (clock_type::now() - probe < 5ms) {
  }
  CHECK(c.ask(count{}).get() <= after + 1);  // one may have been on its way
}

TEST_CASE("tell_every: does not drift") {
  deadline watch("drift");
  std::promise<void> done;
  struct punctual : actor<stamp> {
    explicit punctual(std::promise<void>* d) : done(d) {}
    void on(stamp) {
      if (++seen == 50) done->set_value();
    }
    std::promise<void>* done;
    int seen = 0;
  };
  actor_system system({.workers = 2});
  const auto start = clock_type::now();
  const timer ticking(system, system.tell_every(1ms, system.spawn<punctual>(&done), stamp{}));
  within(done.get_future());
  // Each tick is late by some; were that added up, fifty would take far longer than this.
  CHECK(clock_type::now() - start >= 50ms);
}

TEST_CASE("tell_every: what is missed is left out, not sent in a bunch") {
  deadline watch("missed ticks");
  actor_system system({.workers = 1});
  auto c = system.spawn<counter>(100ms);  // the only worker is busy: nobody fires timers
  const auto start = clock_type::now();
  const timer ticking(system, system.tell_every(2ms, c, stamp{}));
  while (c.ask(count{}).get() < 2) {
  }
  const int seen = c.ask(count{}).get();
  const auto past =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - start);
  CHECK(seen <= (past.count() - 100) / 2 + 3);
}

TEST_CASE("tell_every: ends by itself when its target is gone") {
  deadline watch("a target that is gone");
  actor_system system({.workers = 2});
  auto c = system.spawn<counter>();
  system.tell_every(200us, c, stamp{});
  while (c.ask(count{}).get() < 2) {
  }
  c.kill();
  while (timers_of(system) != 0) std::this_thread::yield();
  const auto dropped = system.dead_letters();
  auto other = system.spawn<counter>();
  CHECK(other.ask(count{}).get() == 0);
  CHECK(system.dead_letters() <= dropped + 1);  // one may have been on its way
}

TEST_CASE("tell_every: a period that makes no sense is refused by name") {
  actor_system system({.workers = 1});
  auto c = system.spawn<counter>();
  CHECK_THROWS_AS(system.tell_every(0ns, c, stamp{}), std::invalid_argument);
  CHECK_THROWS_AS(system.tell_every(-1s, c, stamp{}), std::invalid_argument);
  CHECK(timers_of(system) == 0);
}

TEST_CASE("timer: a guard cancels when it goes") {
  actor_system system({.workers = 1});
  auto c = system.spawn<counter>();
  {
    timer far(system, system.tell_after(1h, c, stamp{}));
    timer moved = std::move(far);
    CHECK_FALSE(far);  // NOLINT(bugprone-use-after-move)
    CHECK(timers_of(system) == 1);
    moved = timer(system, system.tell_after(2h, c, stamp{}));
    CHECK(timers_of(system) == 1);
  }
  CHECK(timers_of(system) == 0);
  timer kept(system, system.tell_after(1h, c, stamp{}));
  const auto id = kept.release();
  CHECK(system.cancel(id));
}

namespace {

struct work {
  using reply = int;
};
struct change_timeout {
  std::chrono::milliseconds to{};
};

class idler : public actor<stamp, work, change_timeout, quiet> {
 public:
  explicit idler(std::chrono::milliseconds timeout, std::atomic<int>* times) : times_(times) {
    set_idle_timeout(timeout);
    last_ = clock_type::now();
    timeout_ = timeout;
  }
  void on(stamp) { last_ = clock_type::now(); }
  task<int> on(work) {
    co_await sleep_for(3 * timeout_);
    last_ = clock_type::now();
    co_return *times_;
  }
  void on(change_timeout m) {
    timeout_ = m.to;
    set_idle_timeout(m.to);
    last_ = clock_type::now();
  }
  int on(quiet) {
    last_ = clock_type::now();
    return early_;
  }
  void on(idle) {
    early_ += clock_type::now() - last_ < timeout_;
    last_ = clock_type::now();
    ++*times_;
  }

 private:
  std::atomic<int>* times_;
  clock_type::time_point last_;
  std::chrono::milliseconds timeout_;
  int early_ = 0;
};

}  // namespace

TEST_CASE("idle timeout: comes when nothing has come, again and again, never early") {
  deadline watch("idle timeout");
  std::atomic<int> times{0};
  actor_system system({.workers = 2});
  auto a = system.spawn<idler>(2ms, &times);
  while (times < 3) std::this_thread::yield();
  CHECK(a.ask(quiet{}).get() == 0);
  a.tell(change_timeout{0ms});
  CHECK(a.ask(quiet{}).get() == 0);
  CHECK(timers_of(system) <= 1);  // the one that was under way, perhaps
}

TEST_CASE("idle timeout: messages put it off without a timer operation") {
  deadline watch("idle timeout put off");
  std::atomic<int> times{0};
  actor_system system({.workers = 2});
  auto a = system.spawn<idler>(200ms, &times);
  const auto start = clock_type::now();
  auto last = start;
  std::size_t most = 0;
  while (clock_type::now() - start < 20ms) {
    last = clock_type::now();
    CHECK(a.ask(quiet{}).get() == 0);
    most = std::max(most, timers_of(system));
  }
  CHECK(most <= 1);
  const int before = times;  // one, perhaps, if the machine has stalled meanwhile
  while (times == before) std::this_thread::yield();
  CHECK(clock_type::now() - last >= 200ms);
  CHECK(a.ask(quiet{}).get() == 0);
}

TEST_CASE("idle timeout: a handler that waits is not idle") {
  deadline watch("a handler that waits");
  std::atomic<int> times{0};
  actor_system system({.workers = 2});
  auto a = system.spawn<idler>(5ms, &times);
  const int before = a.ask(work{}).get();
  CHECK(before <= times);
  while (times < before + 2) std::this_thread::yield();
  CHECK(a.ask(quiet{}).get() == 0);
}

TEST_CASE("idle timeout: an actor without on(idle) is told so") {
  struct no_handler : actor<stamp> {
    no_handler() { set_idle_timeout(1s); }
    void on(stamp) {}
  };
  actor_system system({.workers = 1});
  CHECK_THROWS_AS(system.spawn<no_handler>(), misuse_error);
}

namespace {

struct burst {};

/// Sets an idle timeout in its first life only.
class forgetful : public actor<burst, quiet> {
 public:
  explicit forgetful(std::atomic<int>* lives, std::atomic<int>* idle_in_second)
      : life_(++*lives), idle_(idle_in_second) {
    if (life_ == 1) set_idle_timeout(1ms);
  }
  void on(burst) { throw std::runtime_error("burst"); }
  int on(quiet) const { return life_; }
  void on(idle) { *idle_ += life_ == 2; }

 private:
  int life_;
  std::atomic<int>* idle_;
};

}  // namespace

TEST_CASE("idle timeout: is not inherited by the next life of a supervised actor") {
  deadline watch("idle timeout after a restart");
  std::atomic<int> lives{0};
  std::atomic<int> idle_in_second{0};
  actor_system system({.workers = 2});
  auto top = system.spawn<supervisor>(supervisor_options{},
                                      child<forgetful>("forgetful", &lives, &idle_in_second));
  const auto whom = actor_ref<burst, quiet>::at(top.ask(which_children{}).get()[0].ref.where());
  whom.tell(burst{});
  while (whom.ask(quiet{}).get() != 2) {
  }
  const auto start = clock_type::now();
  while (clock_type::now() - start < 10ms) CHECK(whom.ask(quiet{}).get() == 2);
  while (clock_type::now() - start < 20ms) std::this_thread::yield();
  CHECK(idle_in_second == 0);
}

}  // namespace timer_test
