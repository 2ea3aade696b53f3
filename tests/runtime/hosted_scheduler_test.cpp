// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/detail/hosted_scheduler.hpp>
#include <vector>

#include "eventually.hpp"

namespace hosted_scheduler_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// The threads of somebody else: take a job from a queue, run it, put it back if it wants that.
class foreign_pool {
 public:
  explicit foreign_pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  ~foreign_pool() {
    {
      const std::scoped_lock hold{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    for (auto& t : threads_) t.join();
  }
  void add(std::shared_ptr<detail::lane> job) {
    const std::scoped_lock hold{mutex_};
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }
  unsigned size() const { return static_cast<unsigned>(threads_.size()); }
  std::set<std::size_t> ids() const {
    std::set<std::size_t> all;
    for (const auto& t : threads_) all.insert(std::hash<std::thread::id>{}(t.get_id()));
    return all;
  }
  std::size_t waiting() {
    const std::scoped_lock hold{mutex_};
    return jobs_.size();
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock hold{mutex_};
      changed_.wait(hold, [this] { return over_ || !jobs_.empty(); });
      if (over_) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      hold.unlock();
      if (job->run()) add(std::move(job));
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<detail::lane>> jobs_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

class guest_of final : public detail::host {
 public:
  explicit guest_of(foreign_pool& pool) : pool_(pool) {}
  unsigned threads() const noexcept override { return pool_.size(); }
  void take(std::vector<std::shared_ptr<detail::lane>> lanes) override {
    lanes_ = std::move(lanes);
  }
  void run_soon(unsigned index) noexcept override { pool_.add(lanes_[index]); }

 private:
  foreign_pool& pool_;
  std::vector<std::shared_ptr<detail::lane>> lanes_;
};

struct guest : detail::hosted_system {
  explicit guest(foreign_pool& pool, system_options options = {})
      : hosted_system(std::move(options), std::make_unique<guest_of>(pool)) {}
};

struct ball {
  int hops;
};
struct where {
  using reply = std::size_t;
};
struct count {
  using reply = int;
};
struct hold_up {};
struct pass {};

class counter : public actor<ball, count, where> {
 public:
  void on(ball) { ++count_; }
  int on(count) const { return count_; }
  std::size_t on(where) const { return std::hash<std::thread::id>{}(std::this_thread::get_id()); }

 private:
  int count_ = 0;
};

behavior player(mailbox<ball> mail, actor_ref<ball> other, std::promise<int>* done) {
  for (;;) {
    const ball b = co_await mail.receive<ball>();
    if (b.hops == 0) {
      done->set_value(1);
      co_return;
    }
    if (other) other.tell(ball{b.hops - 1});
  }
}

/// Returns the ball to whoever is told as its partner.
struct partner {
  actor_ref<ball> who;
};
behavior returner(mailbox<ball, partner> mail, std::promise<int>* done) {
  const partner p = co_await mail.receive<partner>();
  for (;;) {
    const ball b = co_await mail.receive<ball>();
    if (b.hops == 0) {
      done->set_value(1);
      co_return;
    }
    p.who.tell(ball{b.hops - 1});
  }
}

/// Makes another ready, and does not return.
class stuck : public actor<hold_up, pass> {
 public:
  stuck(actor_ref<ball> other, std::shared_future<void> open, std::atomic<bool>* inside)
      : other_(other), open_(std::move(open)), inside_(inside) {}
  void on(pass) {}  // so that its class is known to be quick
  void on(hold_up) {
    other_.tell(ball{1});
    *inside_ = true;
    open_.wait();
  }

 private:
  actor_ref<ball> other_;
  std::shared_future<void> open_;
  std::atomic<bool>* inside_;
};

}  // namespace

TEST_CASE("hosted scheduler: actors run on the threads of the host, and on no others") {
  foreign_pool pool(2);
  guest system(pool);
  CHECK(system.workers() == 2);
  const auto theirs = pool.ids();
  const auto a = system.spawn<counter>();
  for (int i = 0; i < 100; ++i) {
    a.tell(ball{i});
    CHECK(theirs.contains(a.ask(where{}).get()));
  }
  CHECK(a.ask(count{}).get() == 100);
}

TEST_CASE("hosted scheduler: a host with one thread runs many actors, and those that never rest") {
  foreign_pool pool(1);
  guest system(pool);
  std::promise<int> done;
  const auto left = system.spawn<&returner>(&done);
  const auto right = system.spawn<&player>(left, &done);
  left.tell(partner{right});
  left.tell(ball{100'000});  // for longer than one run of a lane
  std::vector<actor_ref<ball, count, where>> all;
  for (int i = 0; i < 2000; ++i) all.push_back(system.spawn<counter>());
  for (const auto& each : all) each.tell(ball{1});
  int sum = 0;
  for (const auto& each : all) sum += each.ask(count{}).get();
  CHECK(sum == 2000);
  CHECK(done.get_future().get() == 1);
}

TEST_CASE(
    "hosted scheduler: what a handler made ready before it got stuck is run by another lane") {
  foreign_pool pool(2);
  guest system(pool);
  std::promise<void> open;
  std::atomic<bool> inside{false};
  const auto other = system.spawn<counter>();
  const auto one = system.spawn<stuck>(other, open.get_future().share(), &inside);
  for (int i = 0; i < 10; ++i) one.tell(pass{});
  one.tell(hold_up{});
  eventually([&] { return inside.load() && other.ask(count{}).get() == 1; });
  open.set_value();
}

TEST_CASE("hosted scheduler: timers ring while nobody runs, and while all are busy") {
  foreign_pool pool(1);
  guest system(pool);
  const auto a = system.spawn<counter>();
  system.tell_after(5ms, a, ball{1});
  eventually([&] { return a.ask(count{}).get() == 1; });
  system.run([](actor_system& s) -> task<void> {
    const auto sleeper =
        s.spawn([](mailbox<ball> mail) -> behavior { co_await mail.receive<ball>(1ms); });
    co_await ended(sleeper);
  }(system));
}

TEST_CASE(
    "hosted scheduler: the end of the system does not wait for lanes that the host has not begun") {
  foreign_pool pool(1);
  std::promise<void> open;
  std::promise<void> begun;
  /// Takes the only thread of the host.
  class blocker final : public detail::lane {
   public:
    blocker(std::promise<void>& b, std::shared_future<void> o) : begun_(b), open_(std::move(o)) {}
    bool run() noexcept override {
      begun_.set_value();
      open_.wait();
      return false;
    }

   private:
    std::promise<void>& begun_;
    std::shared_future<void> open_;
  };
  {
    guest system(pool);
    const auto a = system.spawn<counter>();
    CHECK(a.ask(count{}).get() == 0);
    a.stop();
    eventually([&] { return system.live_actors() == 0; });
    pool.add(std::make_shared<blocker>(begun, open.get_future().share()));
    begun.get_future().wait();
    a.tell(ball{1});  // nobody there: refused by us
  }
  open.set_value();  // what is left in the host's queue is run now, and finds nothing to do
  eventually([&] { return pool.waiting() == 0; });
}

TEST_CASE("hosted scheduler: systems come and go on one host, under load") {
  foreign_pool pool(3);
  for (int round = 0; round < 20; ++round) {
    guest system(pool, {.workers = round % 4U});
    std::vector<actor_ref<ball, count, where>> all;
    for (int i = 0; i < 50; ++i) all.push_back(system.spawn<counter>());
    for (int i = 0; i < 20; ++i) {
      for (const auto& each : all) each.tell(ball{i});
    }
    if (round % 2 == 0) {
      for (const auto& each : all) CHECK(each.ask(count{}).get() == 20);
    }
  }
}

TEST_CASE("hosted scheduler: two systems on one host talk to each other") {
  foreign_pool pool(2);
  guest first(pool);
  guest second(pool);
  std::promise<int> done;
  const auto left = first.spawn<&returner>(&done);
  const auto right = second.spawn<&player>(left, &done);
  left.tell(partner{right});
  left.tell(ball{20'000});
  CHECK(done.get_future().get() == 1);
}

}  // namespace hosted_scheduler_test
