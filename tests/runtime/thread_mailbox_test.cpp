// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/simulation.hpp>
#include <troupe/thread_mailbox.hpp>
#include <variant>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace thread_mailbox_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct ball {
  int number = 0;
};
struct parcel {
  std::unique_ptr<std::string> content;
};
struct score {
  using reply = int;
  int base = 0;
};

}  // namespace

TEST_CASE("thread_mailbox: a plain thread gets what actors and threads send, in order") {
  const deadline watch("thread_mailbox: in order");
  actor_system system({.workers = 2});
  auto box = system.open_mailbox<ball>();
  system.spawn([to = box.ref()](mailbox<> mail) -> behavior {
    (void)mail;
    for (int i = 0; i < 1000; ++i) to.tell(ball{i});
    co_return;
  });
  bool in_order = true;
  for (int i = 0; i < 1000; ++i) in_order = in_order && box.receive<ball>().number == i;
  CHECK(in_order);
  CHECK(!box.receive<ball>(1ms));
}

TEST_CASE("thread_mailbox: a receive takes its type and leaves the others, in order") {
  const deadline watch("thread_mailbox: takes its type");
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<ball, parcel>();
  for (int i = 0; i < 200; ++i) box.ref().tell(ball{i});
  box.ref().tell(parcel{std::make_unique<std::string>("late")});
  CHECK(*box.receive<parcel>().content == "late");
  CHECK(box.receive<ball>().number == 0);
  const auto next = box.receive();
  CHECK(std::get<ball>(next).number == 1);
}

TEST_CASE("thread_mailbox: a question is answered by the thread") {
  const deadline watch("thread_mailbox: a question");
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<score, ball>();
  std::thread asker([to = box.ref()] {
    CHECK(to.ask(score{4}).get() == 5);
    to.ask(ball{1}).get();  // answered by being received
    CHECK_THROWS_AS(to.ask(score{5}).get(), broken_promise);
    CHECK_THROWS_AS(to.ask(score{6}).get(), actor_down);
  });
  {
    auto asked = std::get<question<score>>(box.receive());
    asked.answer.set_value(asked.message.base + 1);
  }
  CHECK(box.receive<ball>().number == 1);
  (void)box.receive<question<score>>();
  eventually([&] { return box.receive<ball>(1ms) == std::nullopt; });
  box.close();
  asker.join();
}

TEST_CASE("thread_mailbox: the bound holds while the thread is away") {
  const deadline watch("thread_mailbox: the bound");
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<ball>({.messages = 10, .at_bound = overflow::refuse});
  const auto to = box.ref();
  int accepted = 0;
  // Refused again and again although the cell has had every chance to take more.
  for (int refused = 0; refused < 100;) {
    if (to.try_tell(ball{accepted})) {
      ++accepted;
      refused = 0;
    } else {
      ++refused;
      system.run([]() -> task<void> { co_await sleep_for(20us); }());
    }
  }
  CHECK(accepted <= 64 + 10);
  CHECK(accepted >= 64);
  for (int i = 0; i < accepted; ++i) CHECK(box.receive<ball>().number == i);
  eventually([&] { return bool(to.try_tell(ball{-1})); });
  CHECK(box.receive<ball>().number == -1);
}

TEST_CASE("thread_mailbox: what is left when it closes is a dead letter, and asks fail") {
  const deadline watch("thread_mailbox: what is left");
  actor_system system({.workers = 1});
  actor_ref<ball> gone;
  {
    auto box = system.open_mailbox<ball>();
    gone = box.ref();
    for (int i = 0; i < 100; ++i) gone.tell(ball{i});
    (void)box.receive<ball>();
  }
  system.run([](actor_ref<> whom) -> task<void> { (void)co_await ended(whom); }(gone));
  eventually([&] { return system.dead_letters() == 99; });
  CHECK_THROWS_AS(gone.ask(ball{}).get(), actor_down);
}

TEST_CASE("thread_mailbox: who stops it lets the thread read what came before") {
  const deadline watch("thread_mailbox: who stops it");
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<ball>();
  for (int i = 0; i < 10; ++i) box.ref().tell(ball{i});
  box.ref().stop();
  system.run([](actor_ref<> whom) -> task<void> { (void)co_await ended(whom); }(box.ref()));
  for (int i = 0; i < 10; ++i) CHECK(box.receive<ball>().number == i);
  CHECK_THROWS_AS(box.receive<ball>(), cancelled_error);
}

TEST_CASE("thread_mailbox: shutdown and close end the wait of a thread") {
  const deadline watch("thread_mailbox: end the wait");
  for (const bool shut : {true, false}) {
    actor_system system({.workers = 1});
    auto box = system.open_mailbox<ball>();
    std::promise<void> begun;
    std::thread reader([&] {
      (void)box.receive<ball>();
      begun.set_value();
      CHECK_THROWS_AS((void)box.receive<ball>(), cancelled_error);
    });
    box.ref().tell(ball{});
    within(begun.get_future());
    if (shut) {
      CHECK(system.shutdown());
    } else {
      box.close();
    }
    reader.join();
  }
}

TEST_CASE("thread_mailbox: a receive inside an actor is refused") {
  const deadline watch("thread_mailbox: inside an actor");
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<ball>();
  CHECK_THROWS_AS(system.run([](thread_mailbox<ball>* b) -> task<void> {
    (void)b->receive<ball>();
    co_return;
  }(&box)),
                  misuse_error);
}

TEST_CASE("thread_mailbox: two threads share the mail") {
  const deadline watch("thread_mailbox: two threads");
  actor_system system({.workers = 2});
  auto box = system.open_mailbox<ball>();
  std::atomic<long> total{0};
  const auto read = [&] {
    for (int i = 0; i < 500; ++i) total += box.receive<ball>().number;
  };
  std::thread first(read);
  std::thread second(read);
  for (int i = 0; i < 1000; ++i) box.ref().tell(ball{i});
  first.join();
  second.join();
  CHECK(total == 1000L * 999 / 2);
}

TEST_CASE("thread_mailbox: in a simulation the wait drives it, and time is virtual") {
  simulation world(5);
  auto box = world.system().open_mailbox<ball>();
  world.system().tell_after(1h, box.ref(), ball{9});
  CHECK(!box.receive<ball>(1min));
  CHECK(box.receive<ball>().number == 9);
  CHECK(world.elapsed() >= 1h);
  CHECK_THROWS_AS((void)box.receive<ball>(), simulation_error);
}

}  // namespace thread_mailbox_test
