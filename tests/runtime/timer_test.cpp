// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/detail/system_core.hpp>
#include <vector>

#include "within.hpp"

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
  std::promise<int> wrong;
  actor_system system({.workers = 2});
  std::vector<int> delays(1000);
  for (int i = 0; i < 1000; ++i) delays[i] = 5'000 + i * 20;  // microseconds
  std::shuffle(delays.begin(), delays.end(), std::mt19937(1));
  auto keeper = system.spawn<timekeeper>(1000, &wrong);
  const auto start = clock_type::now();
  for (int delay : delays) {
    const auto at = start + std::chrono::microseconds{delay};
    detail::start_timer(
        system.core(), at.time_since_epoch().count(), keeper.where(),
        detail::envelope_ptr(detail::make_envelope(detail::envelope_kind::tell, due{at})));
  }
  CHECK(within(wrong.get_future()) == 0);
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
