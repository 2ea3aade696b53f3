// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <vector>

#include "within.hpp"

namespace lifecycle_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct number {
  int n = 0;
};
struct count_up {
  using reply = int;
};
struct hold {};

/// What happened, in order.
class journal {
 public:
  void add(std::string line) {
    std::scoped_lock lock{mutex_};
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    std::scoped_lock lock{mutex_};
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Stands still in `hold` until the test lets it go on; counts numbers.
class holder : public actor<hold, number> {
 public:
  holder(std::promise<void>* entered, std::shared_future<void> go, std::atomic<int>* seen)
      : entered_(entered), go_(std::move(go)), seen_(seen) {}
  void on(hold) {
    entered_->set_value();
    go_.wait();
  }
  void on(number) { ++*seen_; }

 private:
  std::promise<void>* entered_;
  std::shared_future<void> go_;
  std::atomic<int>* seen_;
};

task<exit_reason> end_of(actor_ref<> whom) { co_return co_await ended(whom); }

/// Forwards each `down` and each number to the journal.
class watcher : public actor<number, count_up, actor_ref<>> {
 public:
  explicit watcher(journal* j = nullptr) : journal_(j) {}
  void on(actor_ref<> whom) { monitor(whom); }
  void on(number m) {
    last_ = m.n;
    if (journal_) journal_->add(std::to_string(m.n));
  }
  void on(down d) {
    ++downs_;
    if (journal_) journal_->add("down after " + std::to_string(last_) + ": " + to_string(d.reason));
  }
  int on(count_up) const { return downs_; }

 private:
  journal* journal_;
  int last_ = 0;
  int downs_ = 0;
};

}  // namespace

TEST_CASE("stop: lets the mailbox drain to that point; what comes later is a dead letter") {
  std::promise<void> entered, go;
  std::atomic<int> seen{0};
  actor_system system({.workers = 2});
  auto a = system.spawn<holder>(&entered, go.get_future().share(), &seen);
  a.tell(hold{});
  within(entered.get_future());
  for (int i = 0; i < 10; ++i) a.tell(number{});
  a.stop();
  for (int i = 0; i < 5; ++i) a.tell(number{});
  go.set_value();
  system.run(end_of(a));
  CHECK(seen == 10);
  CHECK(system.dead_letters() == 5);
}

TEST_CASE("kill: ends after the handler that runs; the mail becomes dead letters") {
  std::promise<void> entered, go;
  std::atomic<int> seen{0};
  actor_system system({.workers = 2});
  auto a = system.spawn<holder>(&entered, go.get_future().share(), &seen);
  a.tell(hold{});
  within(entered.get_future());
  for (int i = 0; i < 10; ++i) a.tell(number{});
  a.kill();
  go.set_value();
  system.run(end_of(a));
  CHECK(seen == 0);
  CHECK(system.dead_letters() == 10);
}

namespace {

struct grow {
  using reply = int;
  int depth = 0;
  int width = 0;
};
/// A tree of actors; each writes its name when it ends.
class branch : public actor<grow> {
 public:
  branch(journal* j, std::string name) : journal_(j), name_(std::move(name)) {}
  ~branch() { journal_->add(name_); }
  task<int> on(grow m) {
    int size = 1;
    for (int i = 0; m.depth > 0 && i < m.width; ++i) {
      auto child = spawn<branch>(journal_, name_ + std::to_string(i));
      const int below = co_await child.ask(grow{m.depth - 1, m.width});
      size += below;
    }
    co_return size;
  }

 private:
  journal* journal_;
  std::string name_;
};

const std::vector<std::string> children_first_in_reverse{"r11", "r10", "r1", "r01",
                                                         "r00", "r0",  "r"};

}  // namespace

TEST_CASE("ownership: an end takes the children along first, the newest before the oldest") {
  for (int how = 0; how < 3; ++how) {
    journal j;
    actor_system system({.workers = 2});
    auto root = system.spawn<branch>(&j, "r");
    CHECK(root.ask(grow{2, 2}).get() == 7);
    if (how == 0) root.stop();
    if (how == 1) root.kill();
    if (how == 2) system.shutdown();
    if (how != 2) system.run(end_of(root));
    CHECK(j.lines() == children_first_in_reverse);
  }
}

namespace {

struct nest {
  using reply = bool;
  int depth = 0;
};
/// Each level waits for its child, which waits for its own: none of them can take a stop.
class stuck : public actor<nest> {
 public:
  explicit stuck(std::atomic<int>* alive) : alive_(alive) { ++*alive_; }
  ~stuck() { --*alive_; }
  task<bool> on(nest m) {
    if (m.depth == 0) co_await sleep_for(1h);
    auto child = spawn<stuck>(alive_);
    co_return co_await child.ask(nest{m.depth - 1});
  }

 private:
  std::atomic<int>* alive_;
};

}  // namespace

TEST_CASE("kill: reaches the bottom of a tree whose actors all wait") {
  std::atomic<int> alive{0};
  actor_system system({.workers = 2});
  auto root = system.spawn<stuck>(&alive);
  root.tell(nest{5});
  while (alive < 6) std::this_thread::yield();
  root.kill();
  system.run(end_of(root));
  CHECK(alive == 0);
}

TEST_CASE("kill: hurries a stop that got stuck at a grandchild") {
  std::atomic<int> alive{0};
  actor_system system({.workers = 2});
  struct start {};
  struct boss : actor<start> {
    explicit boss(std::atomic<int>* a) : alive(a) {}
    void on(start) { spawn<middle>(alive).tell(start{}); }
    struct middle : actor<start> {
      explicit middle(std::atomic<int>* a) : alive(a) {}
      void on(start) { spawn<stuck>(alive).tell(nest{0}); }
      std::atomic<int>* alive;
    };
    std::atomic<int>* alive;
  };
  auto root = system.spawn<boss>(&alive);
  root.tell(start{});
  while (alive < 1) std::this_thread::yield();
  root.stop();  // boss and middle are now stopping; the grandchild sleeps for an hour
  CHECK_THROWS_AS(root.ask(start{}, 5ms).get(), timeout_error);
  root.kill();
  system.run(end_of(root));
  CHECK(alive == 0);
}

TEST_CASE("monitor: one down, after the last message, a thousand times") {
  actor_system system({.workers = 2});
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    journal j;
    auto w = system.spawn<watcher>(&j);
    auto source = system.spawn(
        [](mailbox<hold> mail, actor_ref<number> to, bool fails) -> behavior {
          co_await mail.receive<hold>();
          for (int i = 1; i <= 3; ++i) to.tell(number{i});
          if (fails) throw std::runtime_error("enough");
        },
        w, round % 2 == 0);
    w.tell(actor_ref<>(source));
    w.ask(count_up{}).get();  // the monitor stands
    source.tell(hold{});
    system.run(end_of(source));
    w.ask(count_up{}).get();
    const auto lines = j.lines();
    const std::string news =
        round % 2 ? "down after 3: ended normally"
                  : "down after 3: ended by an exception: std::runtime_error: enough";
    if (lines != std::vector<std::string>{"1", "2", "3", news}) {
      ++wrong;
      for (auto& l : lines) MESSAGE(round, ": ", l);
    }
    w.stop();
  }
  CHECK(wrong == 0);
}

TEST_CASE("monitor: of the dead and of nobody answers at once; twice monitored, two downs") {
  actor_system system({.workers = 2});
  auto dead = system.spawn<watcher>();
  dead.kill();
  system.run(end_of(dead));
  auto w = system.spawn<watcher>();
  w.tell(actor_ref<>(dead));
  w.tell(actor_ref<>{});
  while (w.ask(count_up{}).get() < 2) {
  }
  auto one = system.spawn<watcher>();
  w.tell(actor_ref<>(one));
  w.tell(actor_ref<>(one));
  w.ask(count_up{}).get();
  one.stop();
  while (w.ask(count_up{}).get() < 4) {
  }
  system.run(end_of(one));
  CHECK(w.ask(count_up{}).get() == 4);
}

TEST_CASE("demonitor: no down any more, even if it is already on its way") {
  std::promise<bool> result;
  actor_system system({.workers = 2});
  system.spawn([&](mailbox<number> mail) -> behavior {
    auto a = mail.system().spawn<watcher>();
    auto b = mail.system().spawn<watcher>();
    const auto first = mail.monitor(a);
    const auto second = mail.monitor(b);
    a.kill();
    co_await ended(a);  // its down is in the mailbox, or will be
    mail.demonitor(first);
    mail.demonitor(first);
    b.kill();
    auto d = co_await mail.receive<down>();
    bool good = d.monitor == second && d.ref == b;
    auto more = co_await mail.receive<down>(1ms);
    good = good && !more;
    result.set_value(good);
  });
  CHECK(within(result.get_future()));
}

TEST_CASE("slot: the next tenant never sees its predecessor's mail") {
  actor_system system({.workers = 2});
  struct first_tenant : actor<number> {
    void on(number) {}
  };
  struct next_tenant : actor<number, count_up> {
    void on(number) { ++seen; }
    int on(count_up) const { return seen; }
    int seen = 0;
  };
  int seen = 0;
  int same_slot = 0;
  for (int i = 0; i < 500; ++i) {
    auto before = system.spawn<first_tenant>();
    before.kill();
    for (int k = 0; k < 3; ++k) before.tell(number{});
    system.run(end_of(before));
    auto after = system.spawn<next_tenant>();
    for (int k = 0; k < 3; ++k) before.tell(number{});
    seen += after.ask(count_up{}).get();
    same_slot += after.where().home == before.where().home;
    CHECK(before != after);
    after.kill();
    system.run(end_of(after));
  }
  CHECK(seen == 0);
  MESSAGE("the slot was the same ", same_slot, " times of 500");
}

TEST_CASE("exceptions: from a constructor they reach the spawner, and children made so far end") {
  struct child : actor<number> {
    explicit child(std::atomic<int>* n) : alive(n) { ++*alive; }
    ~child() { --*alive; }
    void on(number) {}
    std::atomic<int>* alive;
  };
  struct fragile : actor<number> {
    explicit fragile(std::atomic<int>* alive) {
      spawn<child>(alive);
      spawn<child>(alive);
      throw std::runtime_error("not today");
    }
    void on(number) {}
  };
  std::atomic<int> alive{0};
  {
    actor_system system({.workers = 2});
    for (int i = 0; i < 100; ++i) {
      CHECK_THROWS_WITH(system.spawn<fragile>(&alive), "not today");
      // New tenants of the slots must not be disturbed by the orphans of the failed one.
      auto next = system.spawn<watcher>();
      next.kill();
    }
    CHECK(system.shutdown());
  }
  CHECK(alive == 0);
}

TEST_CASE("exceptions: in `on(down)` and in a child end the actor they came from, not its owner") {
  struct sensitive : actor<actor_ref<>> {
    void on(actor_ref<> whom) { monitor(whom); }
    void on(down) { throw std::runtime_error("bad news"); }
  };
  actor_system system({.workers = 2});
  auto s = system.spawn<sensitive>();
  auto watch = system.spawn<watcher>();
  auto why = std::async(std::launch::async, [&] { return system.run(end_of(s)); });
  s.tell(actor_ref<>(watch));
  s.ask(actor_ref<>(watch)).get();
  watch.kill();
  const exit_reason reason = within(std::move(why));
  CHECK((reason.what == exit_reason::cause::error ||
         reason.what == exit_reason::cause::never_existed));
}

TEST_CASE("dead letters: each is counted and heard of, with its type and target") {
  std::atomic<int> heard{0};
  std::atomic<bool> right{true};
  actor_system system({.workers = 2});
  actor_ref<> expected;
  system.on_dead_letter([&](const dead_letter_report& r) {
    ++heard;
    if (r.target != expected || r.message.find("number") == std::string_view::npos) right = false;
  });
  auto a = system.spawn<watcher>();
  expected = a;
  a.kill();
  system.run(end_of(a));
  for (int i = 0; i < 100; ++i) a.tell(number{i});
  while (heard < 100) std::this_thread::yield();  // each is counted, and then heard of
  CHECK(heard == 100);
  CHECK(system.dead_letters() == 100);
  CHECK(right);
}

TEST_CASE(
    "end: of an actor whose handler waits tells the asker, and destroys what the handler held") {
  struct guard {
    explicit guard(std::atomic<int>* n) : open(n) { ++*open; }
    ~guard() { --*open; }
    std::atomic<int>* open;
  };
  struct dreamer : actor<count_up> {
    explicit dreamer(std::atomic<int>* n) : open(n) {}
    task<int> on(count_up) {
      guard g(open);
      co_await sleep_for(1h);
      co_return 1;
    }
    std::atomic<int>* open;
  };
  std::atomic<int> open{0};
  actor_system system({.workers = 2});
  auto d = system.spawn<dreamer>(&open);
  auto answer = std::async(std::launch::async, [&] {
    try {
      d.ask(count_up{}).get();
    } catch (const actor_down& e) {
      return e.reason();
    }
    return exit_reason{};
  });
  while (open == 0) std::this_thread::yield();
  d.kill();
  CHECK(within(std::move(answer)).what == exit_reason::cause::killed);
  system.run(end_of(d));
  CHECK(open == 0);
}

namespace {

struct traced {
  static constexpr bool local_only = true;
  std::shared_ptr<int> token;
};

}  // namespace

TEST_CASE("end: the payloads of messages that nobody handles are destroyed") {
  struct deaf : actor<traced, hold> {
    void on(const traced&) {}
    task<void> on(hold) { co_await sleep_for(1h); }
  };
  auto token = std::make_shared<int>();
  {
    actor_system system({.workers = 2});
    auto d = system.spawn<deaf>();
    d.tell(hold{});
    for (int i = 0; i < 100; ++i) d.tell(traced{token});
    d.kill();
    for (int i = 0; i < 100; ++i) d.tell(traced{token});
    system.run(end_of(d));
  }
  CHECK(token.use_count() == 1);
}

namespace {

struct watch_much {
  actor_ref<> whom;
  int times = 0;
};
struct ends_heard {
  using reply = int;
};
struct take_back_half {};

class crowd : public actor<watch_much, take_back_half, ends_heard> {
 public:
  void on(watch_much m) {
    for (int i = 0; i < m.times; ++i) ids_.push_back(monitor(m.whom));
  }
  void on(take_back_half) {
    for (std::size_t i = 0; i < ids_.size(); i += 2) demonitor(ids_[i]);
  }
  void on(down) { ++heard_; }
  int on(ends_heard) const { return heard_; }

 private:
  std::vector<std::uint64_t> ids_;
  int heard_ = 0;
};

}  // namespace

TEST_CASE(
    "monitor: a hundred thousand of one actor, half of them taken back, take no square of time") {
  actor_system system({.workers = 2});
  auto whom = system.spawn<crowd>();
  auto watching = system.spawn<crowd>();
  watching.tell(watch_much{whom, 100'000});
  watching.tell(take_back_half{});
  CHECK(watching.ask(ends_heard{}).get() == 0);
  whom.kill();
  while (watching.ask(ends_heard{}).get() < 50'000) {
  }
  CHECK(watching.ask(ends_heard{}).get() == 50'000);
}

}  // namespace lifecycle_test
