// SPDX-License-Identifier: BSD-3-Clause
// Our side of docs/from-caf.md: what stands there between ```cpp and ```, marked as ours, stands here word for
// word (check_page.py looks), is compiled, and mostly run.
#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/gather.hpp>
#include <troupe/supervisor.hpp>
#include <troupe/thread_mailbox.hpp>
#include <troupe/topic.hpp>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct put {
  int value;
};
struct get {
  using reply = int;
};

class cell : public actor<put, get> {
 public:
  void on(put m) { value_ = m.value; }
  int on(get) const { return value_; }

 private:
  int value_ = 0;
};

struct sum_of_both {
  using reply = int;
};
class adder : public actor<sum_of_both> {
 public:
  adder(actor_ref<get> a, actor_ref<get> b) : a_(a), b_(b) {}

  task<int> on(sum_of_both) {
    const int first = co_await a_.ask(get{}, 2s);
    const int second = co_await b_.ask(get{}, 2s);
    co_return first + second;
  }

 private:
  actor_ref<get> a_, b_;
};

struct watch {
  actor_ref<> whom;
};
struct seen {
  using reply = std::string;
};
class nurse : public actor<watch, seen> {
 public:
  void on(watch m) { monitor(m.whom); }
  void on(const down& news) {
    seen_ = to_string(news.reason);
    for (auto& each : waiting_) each.set_value(seen_);
  }
  promise<std::string> on(seen) {
    auto answer = make_promise<std::string>();
    if (seen_.empty()) {
      waiting_.push_back(answer);
    } else {
      answer.set_value(seen_);
    }
    return answer;
  }

 private:
  std::string seen_;
  std::deque<promise<std::string>> waiting_;
};

struct open_file {
  using reply = std::string;
  std::string name;
};
class reader : public actor<open_file> {
 public:
  std::string on(const open_file& m) { throw std::runtime_error("cannot open " + m.name); }
};

class front : public actor<get> {
 public:
  explicit front(actor_ref<get> behind) : behind_(behind) {}
  auto on(get q) { return delegate(behind_, q); }

 private:
  actor_ref<get> behind_;
};

struct tick {};

behavior twins(mailbox<put> mail, actor_ref<put> partner) {
  mail.link(partner);
  co_await mail.receive<put>();
}

behavior countdown(mailbox<tick, get> mail, int left) {
  while (left > 0) {
    co_await mail.match([&](tick) { --left; }, [&](get) { return left; });
  }
}

}  // namespace

TEST_CASE("from-caf page: spawn, tell and ask") {
  actor_system system;
  auto a = system.spawn<cell>();
  a.tell(put{7});
  const int value = a.ask(get{}, 2s).get();
  CHECK(value == 7);
  auto both = system.spawn<adder>(a, a);
  CHECK(both.ask(sum_of_both{}).get() == 14);
  const actor_ref<get> only_get = a;
  CHECK(system.spawn<front>(only_get).ask(get{}).get() == 7);
}

TEST_CASE("from-caf page: many at once, and errors as values") {
  actor_system system;
  std::vector<actor_ref<put, get>> cells;
  for (int i = 0; i < 3; ++i) cells.push_back(system.spawn<cell>());
  auto bad = system.spawn<reader>();
  const int total = system.run([](std::vector<actor_ref<put, get>> cells) -> task<int> {
    int sum = 0;
    for (const outcome<int>& each : co_await ask_all(cells, get{}, 1s)) sum += each ? *each : 0;
    co_return sum;
  }(cells));
  CHECK(total == 0);
  const std::string text = system.run([](actor_ref<open_file> bad) -> task<std::string> {
    auto asked = bad.ask(open_file{"notes"}).result();
    const auto got = co_await asked;
    if (got) co_return *got;
    co_return got.error().text;  // "std::runtime_error: cannot open notes"
  }(bad));
  CHECK(text == "std::runtime_error: cannot open notes");
}

TEST_CASE("from-caf page: monitors and links") {
  actor_system system;
  auto a = system.spawn<cell>();
  auto carer = system.spawn<nurse>();
  carer.ask(watch{a}).get();  // before the end
  a.kill();
  CHECK(carer.ask(seen{}).get() == "killed");
  auto b = system.spawn<cell>();
  auto tied = system.spawn<&twins>(b);
  b.kill();
  const exit_reason why =
      system.run([](actor_ref<> one) -> task<exit_reason> { co_return co_await ended(one); }(tied));
  CHECK_FALSE(why.is_normal());
}

TEST_CASE("from-caf page: scheduled messages") {
  actor_system system;
  auto clock = system.spawn<&countdown>(3);
  const auto every = system.tell_every(1ms, clock, tick{});
  const auto once = system.tell_after(1h, clock, tick{});
  CHECK(system.cancel(once));
  system.run([](actor_ref<> one) -> task<void> { co_await ended(one); }(clock));
  system.cancel(every);
}

TEST_CASE("from-caf page: plain threads and actors that block") {
  actor_system system;
  auto box = system.open_mailbox<put>();
  box.ref().tell(put{5});
  CHECK(box.receive<put>().value == 5);
  auto slow = system.spawn<cell>(spawn_options{.own_thread = true});
  CHECK(slow.ask(get{}).get() == 0);
}

TEST_CASE("from-caf page: groups are topics") {
  actor_system system;
  auto box = system.open_mailbox<put>();
  auto news = topic<put>::spawn(system);
  system.run([](topic<put> news, actor_ref<put> who) -> task<void> {
    co_await news.subscribe(who);
  }(news, box.ref()));
  news.publish(put{1});
  CHECK(box.receive<put>().value == 1);
}

TEST_CASE("from-caf page: configuration") {
  actor_system system({.name = "shop", .workers = 2, .shutdown_timeout = 1s});
  auto bounded = system.spawn<cell>(
      spawn_options{.bounds = mailbox_bounds{.messages = 100, .at_bound = overflow::refuse}});
  if (auto sent = bounded.try_tell(put{1}); !sent) FAIL("there was room");
  CHECK(bounded.ask(get{}).get() == 1);
}
