// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"

namespace link_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct fail {
  std::string text;
};
struct tie {
  using reply = void;
  actor_ref<> whom;
};
struct untie {
  using reply = void;
  actor_ref<> whom;
};
struct tie_and_fail {
  actor_ref<> whom;
};
struct tie_and_stop {
  actor_ref<> whom;
};
struct are_you_there {
  using reply = bool;
};
struct hang {};

class partner : public actor<fail, tie, untie, tie_and_fail, tie_and_stop, are_you_there, hang> {
 public:
  void on(const fail& m) { throw std::runtime_error(m.text); }
  void on(const tie& m) { link(m.whom); }
  void on(const untie& m) { unlink(m.whom); }
  void on(const tie_and_fail& m) {
    link(m.whom);
    throw std::runtime_error("right after");
  }
  void on(const tie_and_stop& m) {
    link(m.whom);
    stop();
  }
  bool on(are_you_there) const { return true; }
  task<void> on(hang) { co_await sleep_for(1h); }
};
using partner_ref = actor_ref<fail, tie, untie, tie_and_fail, tie_and_stop, are_you_there, hang>;

task<exit_reason> end_of(actor_ref<> whom) { co_return co_await ended(whom); }

bool lives(const partner_ref& whom) {
  try {
    return whom.ask(are_you_there{}).get();
  } catch (const actor_down&) {
    return false;
  }
}

struct pair_of {
  explicit pair_of(actor_system& s) : system(s) { first.ask(tie{second}).get(); }
  actor_system& system;
  partner_ref first = system.spawn<partner>();
  partner_ref second = system.spawn<partner>();
};

}  // namespace

TEST_CASE("link: an error of one ends the other with the same reason, from either side") {
  deadline watch("link error");
  for (const bool from_first : {true, false}) {
    actor_system system({.workers = 2});
    const pair_of two(system);
    REQUIRE(lives(two.second));
    (from_first ? two.first : two.second).tell(fail{"broke"});
    for (const auto& each : {two.first, two.second}) {
      const exit_reason why = system.run(end_of(each));
      CHECK(
          (why.what == exit_reason::cause::error || why.what == exit_reason::cause::never_existed));
    }
    CHECK_FALSE(lives(two.first));
    CHECK_FALSE(lives(two.second));
  }
}

namespace {
struct heard {
  using reply = std::vector<std::string>;
};
class listener : public actor<heard> {
 public:
  explicit listener(std::vector<actor_ref<>> all) {
    for (const auto& each : all) monitor(each);
  }
  void on(const down& d) { news_.push_back(to_string(d.reason)); }
  std::vector<std::string> on(heard) const { return news_; }

 private:
  std::vector<std::string> news_;
};
}  // namespace

TEST_CASE("link: the reason is the other's, and a killed one takes the other along") {
  deadline watch("link reason");
  actor_system system({.workers = 2});
  const pair_of two(system);
  auto news = system.spawn<listener>(std::vector<actor_ref<>>{two.first, two.second});
  news.ask(heard{}).get();
  two.first.kill();
  std::vector<std::string> all;
  eventually([&] { return (all = news.ask(heard{}).get()).size() == 2; });
  CHECK(all == std::vector<std::string>{"killed", "killed"});
}

TEST_CASE("link: a normal end leaves the other alone, whoever asked for the link") {
  deadline watch("link normal");
  for (const bool first_ends : {true, false}) {
    actor_system system({.workers = 2});
    const pair_of two(system);
    (first_ends ? two.first : two.second).stop();
    system.run(end_of(first_ends ? two.first : two.second));
    for (int i = 0; i < 20; ++i) CHECK(lives(first_ends ? two.second : two.first));
  }
}

TEST_CASE("link: one that ends right after it has linked takes the other along with its reason") {
  deadline watch("link half");
  for (int i = 0; i < 200; ++i) {
    actor_system system({.workers = 2});
    auto first = system.spawn<partner>();
    auto second = system.spawn<partner>();
    auto news = system.spawn<listener>(std::vector<actor_ref<>>{second});
    news.ask(heard{}).get();
    first.tell(tie_and_fail{second});
    std::vector<std::string> all;
    eventually([&] { return !(all = news.ask(heard{}).get()).empty(); });
    CHECK(all[0].find("right after") != std::string::npos);
  }
}

TEST_CASE("link: one that ends normally right after it has linked leaves the other alone") {
  deadline watch("link half normal");
  for (int i = 0; i < 200; ++i) {
    actor_system system({.workers = 2});
    auto first = system.spawn<partner>();
    auto second = system.spawn<partner>();
    first.tell(tie_and_stop{second});
    system.run(end_of(first));
    CHECK(lives(second));
    CHECK(lives(second));
  }
}

TEST_CASE("link: to an actor that is gone, or to nobody, ends the caller with never_existed") {
  deadline watch("link gone");
  actor_system system({.workers = 2});
  auto gone = system.spawn<partner>();
  gone.stop();
  system.run(end_of(gone));
  for (const actor_ref<>& whom : {actor_ref<>(gone), actor_ref<>{}}) {
    auto caller = system.spawn<partner>();
    auto news = system.spawn<listener>(std::vector<actor_ref<>>{caller});
    news.ask(heard{}).get();
    (void)system.run([](partner_ref caller, actor_ref<> whom) -> task<bool> {
      auto asked = co_await caller.ask(tie{whom}).result();
      co_return asked.has_value();
    }(caller, whom));
    std::vector<std::string> all;
    eventually([&] { return !(all = news.ask(heard{}).get()).empty(); });
    CHECK(all[0] == to_string(exit_reason{exit_reason::cause::never_existed, 0, 0, {}}));
  }
}

TEST_CASE("link: reaches an actor that waits in a handler") {
  deadline watch("link waits");
  actor_system system({.workers = 2});
  const pair_of two(system);
  two.second.tell(hang{});
  two.first.tell(fail{"broke"});
  CHECK_FALSE(system.run(end_of(two.second)).is_normal());
}

TEST_CASE("unlink: from either side; afterwards neither end does harm") {
  deadline watch("unlink");
  for (const bool by_first : {true, false}) {
    for (const bool first_ends : {true, false}) {
      actor_system system({.workers = 2});
      const pair_of two(system);
      REQUIRE(lives(two.second));
      if (by_first) {
        two.first.ask(untie{two.second}).get();
        REQUIRE(lives(two.second));
      } else {
        two.second.ask(untie{two.first}).get();
        REQUIRE(lives(two.first));
      }
      const auto& ends = first_ends ? two.first : two.second;
      const auto& stays = first_ends ? two.second : two.first;
      ends.tell(fail{"broke"});
      system.run(end_of(ends));
      for (int i = 0; i < 20; ++i) CHECK(lives(stays));
    }
  }
}

TEST_CASE("link: twice is once, and both at once is once") {
  deadline watch("link twice");
  for (int i = 0; i < 100; ++i) {
    actor_system system({.workers = 2});
    auto first = system.spawn<partner>();
    auto second = system.spawn<partner>();
    first.tell(tie{second});
    second.tell(tie{first});
    first.ask(tie{second}).get();
    REQUIRE(lives(second));
    first.ask(untie{second}).get();
    REQUIRE(lives(second));
    REQUIRE(lives(first));
    first.tell(fail{"broke"});
    system.run(end_of(first));
    CHECK(lives(second));
  }
}

namespace {
behavior chain(mailbox<fail> mail, int depth, std::atomic<int>* ended_count) {
  struct on_end {
    std::atomic<int>* count;
    ~on_end() { ++*count; }
  } end{ended_count};
  if (depth > 0) {
    auto next = mail.system().spawn<&chain>(depth - 1, ended_count);
    mail.link(next);
  }
  const auto m = co_await mail.receive<fail>();
  throw std::runtime_error(m.text);
}
}  // namespace

TEST_CASE("link: a chain of a hundred actors ends as one") {
  deadline watch("link chain");
  std::atomic<int> count{0};
  actor_system system({.workers = 2});
  auto head = system.spawn<&chain>(99, &count);
  eventually([&] { return system.live_actors() == 100; });
  head.tell(fail{"broke"});
  eventually([&] { return count == 100; });
}

namespace {
struct now_please {
  static constexpr auto priority = urgent;
};
class hurried : public actor<now_please, are_you_there> {
 public:
  static constexpr mailbox_bounds bounds{.messages = 1, .at_bound = overflow::drop_newest};
  void on(now_please) {}
  bool on(are_you_there) const { return true; }
};
}  // namespace

TEST_CASE(
    "link: an answer that finds nobody takes no room from the urgent mail of a later tenant") {
  deadline watch("link urgent");
  actor_system system({.workers = 2});
  for (int i = 0; i < 100; ++i) {
    auto first = system.spawn<partner>();
    auto second = system.spawn<partner>();
    first.tell(tie_and_stop{second});  // the answer comes after the end
    system.run(end_of(first));
    REQUIRE(lives(second));
    second.stop();
    system.run(end_of(second));
  }
  eventually([&] { return system.live_actors() == 0; });
  const std::uint64_t before = system.dead_letters();
  for (int i = 0; i < 50; ++i) {
    auto late = system.spawn<hurried>();
    late.tell(now_please{});
    REQUIRE(late.ask(are_you_there{}).get());
  }
  CHECK(system.dead_letters() == before);
}

TEST_CASE("link: many pairs that link, unlink and end against each other settle every time") {
  deadline watch("link storm");
  actor_system system({.workers = 4});
  for (int round = 0; round < 300; ++round) {
    std::vector<partner_ref> all;
    for (int i = 0; i < 8; ++i) all.push_back(system.spawn<partner>());
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; j < 8; ++j) {
        if ((i + j + round) % 3 == 0) all[i].tell(tie{all[j]});
        if ((i + j + round) % 7 == 0) all[i].tell(untie{all[j]});
      }
    }
    for (int i = 0; i < 8; ++i) {
      if (i % 2 == 0) {
        all[i].stop();
      } else {
        all[i].tell(fail{"broke"});
      }
    }
    for (const auto& each : all) system.run(end_of(each));
  }
  eventually([&] { return system.live_actors() == 0; });
}

}  // namespace link_test
