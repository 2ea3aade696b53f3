// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/blocking.hpp>
#include <troupe/simulation.hpp>
#include <troupe/when.hpp>

#include "captured.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace blocking_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// Where a test holds a call for as long as it likes.
struct gate {
  std::promise<void> opened;
  std::shared_future<void> open = opened.get_future().share();
  std::atomic<int> inside{0};
  void pass() {
    ++inside;
    open.wait();
  }
};

behavior call_and_tell(mailbox<> mail, std::shared_ptr<gate> door, std::promise<int>* got) {
  (void)mail;
  const int value = co_await blocking([door] {
    door->pass();
    return 7;
  });
  if (got) got->set_value(value);
}

}  // namespace

TEST_CASE("blocking: the value comes from a thread that is no worker") {
  const deadline watch("blocking: the value");
  actor_system system({.workers = 1});
  const auto value = system.run([]() -> task<std::string> {
    const auto here = std::this_thread::get_id();
    auto text = co_await blocking([here, kept = std::make_unique<int>(5)] {
      return std::this_thread::get_id() == here ? std::string() : "five" + std::to_string(*kept);
    });
    co_await blocking([] {});
    co_return text;
  }());
  CHECK(value == "five5");
}

TEST_CASE("blocking: the exception of the function is thrown in the actor") {
  const deadline watch("blocking: the exception");
  actor_system system({.workers = 1});
  CHECK_THROWS_WITH_AS(system.run([]() -> task<void> {
    co_await blocking([] { throw std::invalid_argument("no such file"); });
  }()),
                       "no such file", std::invalid_argument);
}

TEST_CASE("blocking: the only worker goes on meanwhile, and the function may use get()") {
  const deadline watch("blocking: the only worker");
  struct query {
    using reply = int;
  };
  actor_system system({.workers = 1});
  auto other = system.spawn([](mailbox<query> mail) -> behavior {
    for (;;) (co_await mail.receive<question<query>>()).answer.set_value(4);
  });
  const int sum = system.run([](actor_ref<query> whom) -> task<int> {
    co_return co_await blocking([whom] { return whom.ask(query{}).get() + 1; });
  }(other));
  CHECK(sum == 5);
}

TEST_CASE("blocking: an actor that ends does not wait for its call, and the outcome is dropped") {
  const deadline watch("blocking: an actor that ends");
  auto door = std::make_shared<gate>();
  const auto token = std::make_shared<int>(1);
  {
    actor_system system({.workers = 1});
    auto caller = system.spawn([door, token](mailbox<> mail) -> behavior {
      (void)mail;
      co_await blocking([door, token] {
        door->pass();
        return token;
      });
    });
    eventually([&] { return door->inside == 1; });
    caller.kill();
    system.run([](actor_ref<> whom) -> task<void> { (void)co_await ended(whom); }(caller));
    CHECK(token.use_count() > 1);
    door->opened.set_value();
  }
  CHECK(token.use_count() == 1);
}

TEST_CASE("blocking: no more threads than allowed; who ended before its turn is not called") {
  const deadline watch("blocking: no more threads");
  auto door = std::make_shared<gate>();
  std::promise<int> second;
  std::promise<int> third;
  actor_system system({.workers = 1, .blocking_threads = 1});
  auto first = system.spawn<call_and_tell>(door, nullptr);
  eventually([&] { return door->inside == 1; });
  auto never = system.spawn<call_and_tell>(door, &second);
  auto after = system.spawn<call_and_tell>(door, &third);
  system.run([]() -> task<void> { co_await sleep_for(1ms); }());
  CHECK(door->inside == 1);
  never.kill();
  system.run([](actor_ref<> whom) -> task<void> { (void)co_await ended(whom); }(never));
  door->opened.set_value();
  CHECK(within(third.get_future()) == 7);
  CHECK(door->inside == 2);
  (void)first;
  (void)after;
}

TEST_CASE("blocking: shutdown names a call that does not return, and leaves it") {
  const deadline watch("blocking: shutdown names");
  auto door = std::make_shared<gate>();
  const auto token = std::make_shared<int>(1);
  captured_stderr output;
  {
    actor_system system({.name = "stuck", .workers = 1, .shutdown_timeout = 20ms});
    system.spawn([door, token](mailbox<> mail) -> behavior {
      (void)mail;
      co_await blocking([door, token] { door->pass(); });
    });
    eventually([&] { return door->inside == 1; });
    CHECK(!system.shutdown());
  }
  const std::string text = output.text();
  CHECK(text.find("1 blocking call(s) have not returned") != std::string::npos);
  CHECK(text.find("called by") != std::string::npos);
  CHECK(token.use_count() == 2);
  door->opened.set_value();
  eventually([&] { return token.use_count() == 1; });
}

TEST_CASE("blocking: an option that allows no thread is refused") {
  CHECK_THROWS_WITH_AS(actor_system({.blocking_threads = 0}),
                       "system_options.blocking_threads is 0; 1 to 1024 are possible",
                       std::invalid_argument);
}

TEST_CASE("blocking: many calls at once all come back") {
  const deadline watch("blocking: many calls");
  actor_system system({.workers = 2, .blocking_threads = 4});
  const long total = system.run([]() -> task<long> {
    long sum = 0;
    for (int i = 0; i < 500; ++i) sum += co_await blocking([i] { return i; });
    co_return sum;
  }());
  CHECK(total == 500L * 499 / 2);
}

TEST_CASE("blocking: a simulation calls the function in the thread that drives it") {
  simulation world(7);
  const bool same = world.system().run([]() -> task<bool> {
    const auto here = std::this_thread::get_id();
    co_return co_await blocking([here] { return std::this_thread::get_id() == here; });
  }());
  CHECK(same);
  CHECK_THROWS_AS(world.system().run([]() -> task<void> {
    co_await blocking([] { throw std::runtime_error("simulated"); });
  }()),
                  std::runtime_error);
}

}  // namespace blocking_test
