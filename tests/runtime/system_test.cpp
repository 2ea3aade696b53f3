// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <vector>

#include "captured.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace system_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct number {
  int n = 0;
};
struct sum {
  using reply = int;
};
class adder : public actor<number, sum> {
 public:
  void on(number m) { sum_ += m.n; }
  int on(sum) const { return sum_; }

 private:
  int sum_ = 0;
};

std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator{}));
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

task<int> answer(int n) { co_return n; }

}  // namespace

TEST_CASE("system: threads and descriptors are as before once it has shut down") {
  {
    actor_system warm_up({.workers = 2});
  }
  const auto threads = entries("/proc/self/task");
  const auto descriptors = entries("/proc/self/fd");
  for (int i = 0; i < 20; ++i) {
    actor_system system({.workers = 3});
    auto a = system.spawn<adder>();
    a.tell(number{i});
    CHECK(a.ask(sum{}, 60s).get() == i);
    CHECK(system.workers() == 3);
  }
  // The kernel lists a thread for a moment after it has been joined, before the test or now.
  eventually([&] { return entries("/proc/self/task") <= threads; });
  CHECK(entries("/proc/self/fd") == descriptors);
}

TEST_CASE("system: several at once do not disturb each other") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&wrong, t] {
      for (int i = 0; i < 30; ++i) {
        actor_system system({.workers = 2});
        std::vector<actor_ref<number, sum>> all;
        for (int k = 0; k < 50; ++k) all.push_back(system.spawn<adder>());
        for (auto& a : all) a.tell(number{t + i});
        for (auto& a : all) wrong += a.ask(sum{}).get() != t + i;
        for (auto& a : all) a.stop();
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("system: an actor of one may talk to an actor of another") {
  actor_system here({.workers = 1});
  actor_system there({.workers = 1});
  auto a = there.spawn<adder>();
  auto asks = [](actor_ref<number, sum> to) -> task<int> {
    for (int i = 0; i < 100; ++i) to.tell(number{1});
    const int n = co_await to.ask(sum{});
    co_return n;
  };
  CHECK(here.run(asks(a)) == 100);
}

TEST_CASE("system: wrong options are refused by name") {
  CHECK_THROWS_WITH_AS(actor_system({.workers = 100'000}),
                       doctest::Contains("system_options.workers"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(actor_system({.shutdown_timeout = -1s}),
                       doctest::Contains("system_options.shutdown_timeout"), std::invalid_argument);
  actor_system patient({.name = "patient", .shutdown_timeout = std::chrono::nanoseconds::max()});
  CHECK(patient.name() == "patient");
  CHECK(patient.workers() >= 1);
  patient.spawn<adder>();
  CHECK(patient.shutdown());
}

TEST_CASE("shutdown: names what did not stop in time, kills it, and says so") {
  captured_stderr captured;
  auto token = std::make_shared<int>();
  bool clean = true;
  {
    actor_system system({.name = "late", .workers = 2, .shutdown_timeout = 10ms});
    struct sleeper : actor<number> {
      task<void> on(number) { co_await sleep_for(1h); }
    };
    auto s = system.spawn<sleeper>();
    s.tell(number{});
    system.spawn([token](mailbox<number> mail) -> behavior {
      co_await mail.receive<number>();  // this one can be stopped
    });
    clean = system.shutdown();
    CHECK(system.live_actors() == 0);
    CHECK(system.shutdown());  // the second does nothing
  }
  const std::string text = captured.text();
  CHECK_FALSE(clean);
  CHECK(contains(text, "'late'"));
  CHECK(contains(text, "sleeper"));
  CHECK(token.use_count() == 1);
}

TEST_CASE(
    "shutdown: those who wait in a plain thread are told, and nothing can be spawned any more") {
  captured_stderr quiet;
  std::promise<void> sleeping;
  actor_system system({.workers = 2, .shutdown_timeout = 5ms});
  auto waits = std::async(std::launch::async, [&] {
    auto forever = [&]() -> task<int> {
      sleeping.set_value();
      co_await sleep_for(1h);
      co_return 1;
    };
    try {
      return system.run(forever());
    } catch (const cancelled_error&) {
      return -1;
    }
  });
  within(sleeping.get_future());
  CHECK_FALSE(system.shutdown());
  CHECK(within(std::move(waits)) == -1);
  CHECK_THROWS_AS(system.spawn<adder>(), cancelled_error);
  CHECK_THROWS_AS(system.run(answer(1)), cancelled_error);
}

namespace {

struct cargo {
  static constexpr bool local_only = true;
  std::shared_ptr<int> token;
};
class dock : public actor<cargo, sum> {
 public:
  void on(const cargo&) {}
  int on(sum) const { return 0; }
};

}  // namespace

TEST_CASE("system: refs that outlive it are harmless, and what is sent to them goes at once") {
  auto token = std::make_shared<int>();
  actor_ref<cargo, sum> left;
  actor_ref<cargo, sum> stopped;
  {
    actor_system system({.workers = 2});
    left = system.spawn<dock>();
    stopped = system.spawn<dock>();
    stopped.ask(sum{}).get();
    stopped.kill();
  }
  for (auto& ref : {left, stopped}) {
    for (int i = 0; i < 1000; ++i) ref.tell(cargo{token});
    CHECK(token.use_count() == 1);
    ref.stop();
    ref.kill();
    CHECK_THROWS_AS(ref.ask(sum{}).get(), cancelled_error);
    CHECK_FALSE(to_string(ref).empty());
  }
  actor_system next({.workers = 2});
  for (int i = 0; i < 100; ++i) {
    auto a = next.spawn<dock>();
    left.tell(cargo{token});
    stopped.tell(cargo{token});
    CHECK(a.ask(sum{}).get() == 0);
    CHECK(token.use_count() == 1);
  }
}

TEST_CASE("system: plain threads may send while it goes away") {
  for (int round = 0; round < 100; ++round) {
    auto token = std::make_shared<int>();
    std::atomic<bool> enough{false};
    std::vector<std::thread> senders;
    {
      actor_system system({.workers = 2});
      std::vector<actor_ref<cargo, sum>> docks;
      for (int i = 0; i < 8; ++i) docks.push_back(system.spawn<dock>());
      for (int i = 0; i < 4; ++i) docks[i].kill();
      for (int t = 0; t < 2; ++t) {
        senders.emplace_back([&enough, docks, token] {
          while (!enough) {
            for (auto& d : docks) d.tell(cargo{token});
          }
        });
      }
      docks[7].ask(sum{}).get();
    }
    enough = true;
    for (auto& s : senders) s.join();
    CHECK(token.use_count() == 1);
  }
}

TEST_CASE("system: plain threads may spawn while it shuts down; each actor ends, or is refused") {
  for (int round = 0; round < 100; ++round) {
    auto token = std::make_shared<int>();
    std::promise<void> begun;
    actor_system system({.workers = 2, .shutdown_timeout = 60s});
    std::thread spawner([&] {
      begun.set_value();
      try {
        for (;;) {
          system.spawn(
              [token](mailbox<number> mail) -> behavior { co_await mail.receive<number>(); });
        }
      } catch (const cancelled_error&) {
      }
    });
    within(begun.get_future());
    const auto start = std::chrono::steady_clock::now();
    CHECK(system.shutdown());
    CHECK(std::chrono::steady_clock::now() - start < 30s);
    spawner.join();
    CHECK(token.use_count() == 1);
  }
}

TEST_CASE("system: an actor that hogs a worker does not hold up the one it has just written to") {
  std::atomic<bool> arrived{false};
  std::promise<void> done;
  actor_system system({.workers = 2});
  struct go {};
  auto other = system.spawn([&](mailbox<go> mail) -> behavior {
    co_await mail.receive<go>();
    arrived = true;
  });
  auto hog = system.spawn([&](mailbox<go> mail) -> behavior {
    co_await mail.receive<go>();
    other.tell(go{});
    while (!arrived) std::this_thread::yield();
    done.set_value();
  });
  system.run([](actor_ref<> unused) -> task<void> {
    (void)unused;
    co_await sleep_for(30ms);  // both workers are idle afterwards
  }(hog));
  hog.tell(go{});
  within(done.get_future());
}

TEST_CASE("system: who asks the dead again and again does not keep the worker for itself") {
  const deadline watch("who asks the dead");
  actor_system system({.workers = 1});
  auto dead = system.spawn<adder>();
  dead.kill();
  auto asks = [](mailbox<number>, actor_ref<number, sum> whom) -> behavior {
    for (;;) (void)co_await whom.ask(sum{}).result();  // the answer is there at once
  };
  auto endless = system.spawn(asks, dead);
  auto other = system.spawn<adder>();
  other.tell(number{1});
  CHECK(other.ask(sum{}).get() == 1);
  endless.kill();
}

TEST_CASE("system: plain threads run tasks and ask, at the same time") {
  actor_system system({.workers = 2});
  auto a = system.spawn<adder>();
  std::vector<std::thread> threads;
  std::atomic<long> total{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        a.tell(number{1});
        total += system.run(answer(t));
        a.ask(sum{}).get();
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(total == 200 * (0 + 1 + 2 + 3));
  CHECK(a.ask(sum{}).get() == 800);
}

}  // namespace system_test
