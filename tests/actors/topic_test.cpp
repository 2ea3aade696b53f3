// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <deadline.hpp>
#include <eventually.hpp>
#include <memory>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/codec.hpp>
#include <troupe/topic.hpp>
#include <vector>

namespace topic_test {

using namespace troupe;
using namespace std::chrono_literals;

struct quote {
  int from = 0;
  int n = 0;
};
struct page {
  std::string text;
  int n = 0;
};
struct block {
  std::array<char, 4096> bytes{};
};
struct seen {
  using reply = std::vector<int>;
};
struct where {
  using reply = std::vector<std::uintptr_t>;
};
struct fail {};

/// Writes down the numbers of what it gets.
class reader : public actor<quote, page, seen, fail> {
 public:
  void on(quote m) { all_.push_back(m.from * 1000000 + m.n); }
  void on(const page& m) { all_.push_back(m.n); }
  std::vector<int> on(seen) const { return all_; }
  void on(fail) { throw std::runtime_error("broke"); }

 private:
  std::vector<int> all_;
};
/// Writes down where what it gets lies in memory.
class sharer : public actor<shared<block>, shared<quote>, where> {
 public:
  void on(const shared<block>& m) {
    kept_.push_back(m);
    at_.push_back(reinterpret_cast<std::uintptr_t>(&*m));
  }
  void on(const shared<quote>& m) { at_.push_back(static_cast<std::uintptr_t>(m->n)); }
  std::vector<std::uintptr_t> on(where) const { return at_; }

 private:
  std::vector<shared<block>> kept_;
  std::vector<std::uintptr_t> at_;
};

task<exit_reason> end_of(actor_ref<> whom) { co_return co_await ended(whom); }

/// Counts those that live.
struct tracked {
  static inline std::atomic<int> alive{0};
  std::vector<int> data;
  explicit tracked(int n) : data(static_cast<std::size_t>(n)) { ++alive; }
  tracked(const tracked& other) : data(other.data) { ++alive; }
  tracked(tracked&& other) noexcept : data(std::move(other.data)) { ++alive; }
  tracked& operator=(const tracked&) = delete;
  ~tracked() { --alive; }
};
struct count {
  using reply = int;
};
class holder : public actor<shared<tracked>, count> {
 public:
  void on(const shared<tracked>& m) { sum_ += static_cast<int>(m->data.size()); }
  int on(count) const { return sum_; }

 private:
  int sum_ = 0;
};

static_assert(encodable<topic<page>>, "a handle travels in messages");

TEST_CASE("broadcast: those who share get one and the same, and it ends with the last of them") {
  actor_system system({.workers = 2});
  std::vector<actor_ref<shared<tracked>>> refs;
  std::vector<actor_ref<count>> counts;
  for (int i = 0; i < 50; ++i) {
    auto ref = system.spawn<holder>();
    refs.push_back(ref);
    counts.push_back(ref);
  }
  {
    const tracked one(3);
    broadcast(refs, one);
  }
  for (const auto& each : counts) CHECK(each.ask(count{}).get() == 3);
  eventually([] { return tracked::alive == 0; });
  {
    const shared<tracked> kept(tracked(4));
    broadcast(refs, kept);
    for (const auto& each : counts) CHECK(each.ask(count{}).get() == 7);
    eventually([&] { return tracked::alive == 1; });
    CHECK(kept->data.size() == 4);
  }
  CHECK(tracked::alive == 0);
  broadcast(std::vector<actor_ref<shared<tracked>>>{}, tracked(1));
  CHECK(tracked::alive == 0);
}

TEST_CASE("broadcast: what is dropped on the way is given back, too") {
  actor_system system({.workers = 2});
  std::vector<actor_ref<shared<tracked>>> refs;
  for (int i = 0; i < 10; ++i) refs.push_back(system.spawn<holder>());
  for (const auto& each : refs) {
    each.stop();
    system.run(end_of(each));
  }
  broadcast(refs, tracked(1));
  eventually([] { return tracked::alive == 0; });
  CHECK(system.dead_letters() == 10);
}

TEST_CASE("topic: all who share look at one message, all others have copies") {
  actor_system system({.workers = 2});
  const auto t = topic<block>::spawn(system);
  auto a = system.spawn<sharer>();
  auto b = system.spawn<sharer>();
  CHECK(t.subscribe(a).get());
  CHECK(t.subscribe(b).get());
  t.publish({});
  t.publish({});
  eventually([&] { return a.ask(where{}).get().size() == 2; });
  eventually([&] { return b.ask(where{}).get().size() == 2; });
  CHECK(a.ask(where{}).get() == b.ask(where{}).get());
  CHECK(a.ask(where{}).get()[0] != a.ask(where{}).get()[1]);
}

TEST_CASE("topic: small plain values reach those who share, too") {
  static_assert(sizeof(shared<quote>) == sizeof(quote));
  static_assert(sizeof(shared<block>) == sizeof(void*));
  actor_system system({.workers = 2});
  const auto t = topic<quote>::spawn(system);
  auto a = system.spawn<sharer>();
  auto b = system.spawn<reader>();
  CHECK(t.subscribe(actor_ref<shared<quote>>(a)).get());
  CHECK(t.subscribe(actor_ref<quote>(b)).get());
  t.publish({0, 7});
  eventually([&] { return a.ask(where{}).get() == std::vector<std::uintptr_t>{7}; });
  eventually([&] { return b.ask(seen{}).get() == std::vector<int>{7}; });
}

TEST_CASE("topic: subscribing twice is subscribing once; unsubscribed, nothing comes any more") {
  actor_system system({.workers = 2});
  const auto t = topic<page>::spawn(system);
  auto a = system.spawn<reader>();
  auto b = system.spawn<reader>();
  CHECK(t.subscribe(a).get());
  CHECK_FALSE(t.subscribe(a).get());
  CHECK(t.subscribe(b).get());
  CHECK(t.subscribers().get() == 2);
  CHECK(t.describe().get() == "topic: 2 subscriber(s)");
  t.publish({"one", 1});
  CHECK(t.unsubscribe(a).get());
  CHECK_FALSE(t.unsubscribe(a).get());
  t.publish({"two", 2});
  CHECK(t.subscribers().get() == 1);
  CHECK(a.ask(seen{}).get() == std::vector<int>{1});
  CHECK(b.ask(seen{}).get() == std::vector<int>{1, 2});
}

TEST_CASE("topic: a subscriber that ends is forgotten, one that is gone never counts") {
  actor_system system({.workers = 2});
  const auto t = topic<page>::spawn(system);
  std::vector<actor_ref<quote, page, seen, fail>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(system.spawn<reader>());
    CHECK(t.subscribe(all.back()).get());
  }
  for (int i = 0; i < 20; i += 2) all[i].tell(fail{});
  eventually([&] { return t.subscribers().get() == 10; });
  t.publish({"x", 5});
  CHECK(t.subscribers().get() == 10);
  for (int i = 1; i < 20; i += 2) CHECK(all[i].ask(seen{}).get() == std::vector<int>{5});
  CHECK(t.subscribe(all[0]).get());
  eventually([&] { return t.subscribers().get() == 10; });
  CHECK_THROWS_AS(t.subscribe(actor_ref<page>{}).get(), misuse_error);
}

TEST_CASE("topic: the order of each publisher is kept, in every subscriber") {
  deadline watch("topic order");
  actor_system system({.workers = 4});
  const auto t = topic<quote>::spawn(system);
  std::vector<actor_ref<quote, page, seen, fail>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(system.spawn<reader>());
    CHECK(t.subscribe(actor_ref<quote>(all.back())).get());
  }
  std::vector<std::jthread> publishers;
  for (int from = 0; from < 3; ++from) {
    publishers.emplace_back([&, from] {
      for (int n = 0; n < 2000; ++n) t.publish({from, n});
    });
  }
  publishers.clear();
  CHECK(t.subscribers().get() == 8);  // behind all that was published
  for (const auto& each : all) {
    const std::vector<int> got = each.ask(seen{}).get();
    REQUIRE(got.size() == 6000);
    std::array<int, 3> next{};
    for (const int n : got) CHECK(n % 1000000 == next[static_cast<std::size_t>(n / 1000000)]++);
  }
}

TEST_CASE("topic: subscribers that come and go while others publish") {
  deadline watch("topic storm");
  actor_system system({.workers = 4});
  const auto t = topic<block>::spawn(system);
  std::vector<std::jthread> threads;
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto s = system.spawn<sharer>();
        t.subscribe(s).get();
        if (i % 3 == 0) t.unsubscribe(s).get();
        s.stop();
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) t.publish({});
    });
  }
  threads.clear();
  eventually([&] { return t.subscribers().get() == 0; });
  t.coordinator().stop();
  eventually([&] { return system.live_actors() == 0; });
}

TEST_CASE("topic: owned, it ends with its owner; in a plain thread nobody can own it") {
  CHECK_THROWS_AS(topic<page>::spawn_owned(), misuse_error);
}

}  // namespace topic_test
