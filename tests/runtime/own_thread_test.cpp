// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/simulation.hpp>
#include <troupe/supervisor.hpp>
#include <troupe/thread_mailbox.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace own_thread_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct where {
  using reply = int;
};
struct block {};
struct fail {};
struct count {
  using reply = int;
};

/// Has a thread, and may be held in it.
class apart : public actor<where, block, fail, count> {
 public:
  static constexpr bool own_thread = true;
  explicit apart(std::shared_future<void> open = {}, std::atomic<int>* inside = nullptr)
      : open_(std::move(open)), inside_(inside) {}
  int on(where) const { return ::gettid(); }
  void on(block) {
    ++*inside_;
    open_.wait();
  }
  void on(fail) { throw std::runtime_error("on purpose"); }
  int on(count) { return ++count_; }

 private:
  std::shared_future<void> open_;
  std::atomic<int>* inside_;
  int count_ = 0;
};

class shared_one : public actor<where, count> {
 public:
  int on(where) const { return ::gettid(); }
  int on(count) { return ++count_; }

 private:
  int count_ = 0;
};

class unborn : public actor<count> {
 public:
  static constexpr bool own_thread = true;
  unborn() { throw std::runtime_error("no"); }
  int on(count) { return 0; }
};

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("own_thread: an actor has always the same thread, which is no worker and no other's") {
  const deadline watch("own_thread: always the same thread");
  actor_system system({.workers = 1});
  auto first = system.spawn<apart>();
  auto second = system.spawn<apart>();
  auto chosen = system.spawn<shared_one>(spawn_options{.own_thread = true});
  auto plain = system.spawn<shared_one>();
  const auto id = first.ask(where{}).get();
  CHECK(id != ::gettid());
  CHECK(id != second.ask(where{}).get());
  CHECK(id != plain.ask(where{}).get());
  CHECK(chosen.ask(where{}).get() != plain.ask(where{}).get());
  for (int i = 0; i < 100; ++i) CHECK(first.ask(where{}).get() == id);
}

TEST_CASE("own_thread: one that blocks for ever takes no worker") {
  const deadline watch("own_thread: blocks for ever");
  std::promise<void> opened;
  std::atomic<int> inside{0};
  actor_system system({.workers = 1});
  std::vector<actor_ref<where, block, fail, count>> stuck;
  const std::shared_future<void> open = opened.get_future().share();
  for (int i = 0; i < 4; ++i) {
    stuck.push_back(system.spawn<apart>(open, &inside));
    stuck.back().tell(block{});
  }
  eventually([&] { return inside == 4; });
  auto other = system.spawn<shared_one>();
  for (int i = 1; i <= 1000; ++i) CHECK(other.ask(count{}).get() == i);
  CHECK_THROWS_AS(stuck[0].ask(where{}, 1ms).get(), timeout_error);
  opened.set_value();
}

TEST_CASE("own_thread: it may wait with get(), which others may not") {
  const deadline watch("own_thread: get()");
  struct relay {
    using reply = int;
  };
  actor_system system({.workers = 1});
  auto counter = system.spawn<shared_one>();
  const auto body = [counter](mailbox<relay> mail) -> behavior {
    for (;;) {
      auto asked = co_await mail.receive<question<relay>>();
      try {
        asked.answer.set_value(counter.ask(count{}).get());
      } catch (const misuse_error&) {
        asked.answer.set_value(-1);
      }
    }
  };
  auto allowed = system.spawn(spawn_options{.own_thread = true}, body);
  auto refused = system.spawn(body);
  CHECK(allowed.ask(relay{}).get() == 1);
  CHECK(refused.ask(relay{}).get() == -1);
  CHECK(allowed.ask(relay{}).get() == 2);
}

TEST_CASE("own_thread: it may read a mailbox for threads; shutdown ends that wait") {
  const deadline watch("own_thread: a mailbox for threads");
  struct news {
    int number;
  };
  std::promise<int> first;
  actor_system system({.workers = 1});
  auto box = system.open_mailbox<news>();
  system.spawn(spawn_options{.own_thread = true}, [&](mailbox<> mail) -> behavior {
    (void)mail;
    first.set_value(box.receive<news>().number);
    box.receive<news>();
    co_return;
  });
  box.ref().tell(news{3});
  CHECK(within(first.get_future()) == 3);
  CHECK(system.shutdown());
}

TEST_CASE("own_thread: the thread ends with the actor, whatever ends it") {
  const deadline watch("own_thread: ends");
  const auto before = threads();
  actor_system system({.workers = 2});
  const auto wait_for_end = [&](actor_ref<> whom) {
    return system.run(
        [](actor_ref<> who) -> task<exit_reason> { co_return co_await ended(who); }(whom));
  };
  for (int i = 0; i < 200; ++i) {
    auto a = system.spawn<apart>();
    if (i % 3 == 0) a.stop();
    if (i % 3 == 1) a.kill();
    if (i % 3 == 2) a.tell(fail{});
    (void)wait_for_end(a);
  }
  CHECK_THROWS_AS(system.spawn<unborn>(), std::runtime_error);
  eventually(
      [&] { return threads() <= before + 2; });  // without the system's end: the workers stay
  CHECK(system.shutdown());
  eventually([&] { return threads() <= before; });  // one of another test may have been about to go
}

TEST_CASE("own_thread: many senders, and asks with answers from workers") {
  const deadline watch("own_thread: many senders");
  actor_system system({.workers = 2});
  auto target = system.spawn<apart>();
  const auto asks = [target](mailbox<>, std::promise<void>* done) -> behavior {
    for (int i = 0; i < 300; ++i) co_await target.ask(count{});
    done->set_value();
  };
  std::vector<std::promise<void>> done(6);
  for (auto& each : done) system.spawn(asks, &each);
  for (auto& each : done) within(each.get_future());
  CHECK(target.ask(count{}).get() == 6 * 300 + 1);
}

TEST_CASE("own_thread: a simulation runs it like all others") {
  simulation world(3);
  auto a = world.system().spawn<apart>();
  CHECK(a.ask(where{}).get() == ::gettid());
}

}  // namespace own_thread_test
