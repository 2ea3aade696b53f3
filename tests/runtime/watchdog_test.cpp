// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <captured.hpp>
#include <eventually.hpp>
#include <future>
#include <mutex>
#include <troupe/actor_system.hpp>
#include <troupe/slow_handler.hpp>
#include <troupe/snapshot.hpp>
#include <vector>

namespace watchdog_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct gate {
  static constexpr bool local_only = true;
  std::shared_future<void>* open;
};
struct tick {
  using reply = int;
};

class stuck : public actor<gate, tick> {
 public:
  void on(gate g) { g.open->wait(); }
  int on(tick) { return ++ticks_; }

 private:
  int ticks_ = 0;
};

behavior sleeper(mailbox<>) { co_await sleep_for(1h); }

/// What the listener has heard.
struct log_book {
  std::mutex mutex;
  std::vector<slow_handler> heard;

  std::function<void(const slow_handler&)> listener() {
    return [this](const slow_handler& slow) {
      std::scoped_lock hold{mutex};
      heard.push_back(slow);
    };
  }
  std::size_t count() {
    std::scoped_lock hold{mutex};
    return heard.size();
  }
  /// Those that a gate has held: any other turn may be slow, too, on a machine that stalls.
  std::vector<slow_handler> held() {
    std::scoped_lock hold{mutex};
    std::vector<slow_handler> all;
    for (const slow_handler& slow : heard) {
      if (slow.message.find("gate") != std::string_view::npos) all.push_back(slow);
    }
    return all;
  }
};

}  // namespace

TEST_CASE("watchdog: names a handler that runs too long, once, while all workers are stuck") {
  log_book log;
  actor_system system({.workers = 1, .handler_limit = 10ms});
  system.on_slow_handler(log.listener());
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  auto one = system.spawn<stuck>();
  one.tell(gate{&opened});
  eventually([&] { return log.held().size() == 1; });
  eventually([&] { return system.snapshot(5ms).find(one)->running > 60ms; });
  open.set_value();
  CHECK(system.shutdown());
  const std::vector<slow_handler> held = log.held();
  REQUIRE(held.size() == 1);
  CHECK(held[0].actor == one);
  CHECK(held[0].name.find("stuck") != std::string_view::npos);
  CHECK(held[0].running >= 10ms);
}

TEST_CASE("watchdog: each slow handler is named, also of the same actor") {
  log_book log;
  actor_system system({.workers = 2, .handler_limit = 10ms});
  system.on_slow_handler(log.listener());
  auto one = system.spawn<stuck>();
  for (std::size_t i = 0; i < 3; ++i) {
    std::promise<void> open;
    std::shared_future<void> opened = open.get_future().share();
    one.tell(gate{&opened});
    eventually([&] { return log.held().size() == i + 1; });
    open.set_value();
    (void)one.ask(tick{}).get();
  }
}

TEST_CASE("watchdog: an actor that is never done but lets go in between is not slow") {
  log_book log;
  actor_system system({.workers = 1, .handler_limit = 500ms});
  system.on_slow_handler(log.listener());
  auto one = system.spawn<stuck>();
  const auto end = std::chrono::steady_clock::now() + 1s;
  int asked = 0;
  while (std::chrono::steady_clock::now() < end) {
    (void)one.ask(tick{}).get();
    ++asked;
  }
  CHECK(asked > 0);
  CHECK(log.count() == 0);
}

TEST_CASE("watchdog: without a listener it says so on stderr") {
  captured_stderr captured;
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  {
    actor_system system({.workers = 1, .handler_limit = 5ms});
    auto one = system.spawn<stuck>();
    one.tell(gate{&opened});
    // Slow for as long as it takes two more looks to come: the line was written by the first.
    eventually([&] { return system.snapshot(5ms).find(one)->running > 1s; });
    open.set_value();
  }
  const std::string text = captured.text();
  CHECK(text.find("stuck") != std::string::npos);
  CHECK(text.find("gate") != std::string::npos);
  CHECK(text.find("blocks a worker") != std::string::npos);
}

TEST_CASE("watchdog: a negative limit is refused by name") {
  CHECK_THROWS_WITH_AS(actor_system({.handler_limit = -1s}),
                       doctest::Contains("system_options.handler_limit"), std::invalid_argument);
}

TEST_CASE("watchdog: a shutdown says what each survivor waits for, of whom, and since when") {
  captured_stderr captured;
  {
    actor_system system({.workers = 2, .shutdown_timeout = 300ms});
    struct parent : actor<tick> {
      int on(tick) { return 1; }
      parent() { spawn<sleeper>(); }
    };
    auto mother = system.spawn<parent>();
    auto asks = [](mailbox<>, actor_ref<> whom) -> behavior { (void)co_await ended(whom); };
    system.spawn(asks, mother);
    CHECK_FALSE(system.shutdown());
  }
  const std::string text = captured.text();
  CHECK(text.find("waits for timer (") != std::string::npos);
  CHECK(text.find("waits for end of child ") != std::string::npos);
  CHECK(text.find("waits for end of ") != std::string::npos);
  CHECK(text.find(" ms)") != std::string::npos);
  CHECK(text.find("owned by the system") != std::string::npos);
}

}  // namespace watchdog_test
