// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <thread>
#include <troupe/actor_system.hpp>
#include <unordered_set>
#include <utility>
#include <vector>

#include "within.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int scale = 5;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int scale = 5;
#else
constexpr int scale = 1;
#endif
#else
constexpr int scale = 1;
#endif

constexpr std::chrono::seconds patience{240};

struct hit {};
struct query {
  using reply = int;
};
struct later_query {
  using reply = int;
};

/// What all actors of one run have counted together.
struct totals {
  std::atomic<std::uint64_t> sent{0};     ///< user messages, asks included
  std::atomic<std::uint64_t> handled{0};  ///< by whomever they were for
  std::atomic<std::uint64_t> asked{0};
  std::atomic<std::uint64_t> ended[3]{};  ///< asks, by reply, by actor_down, otherwise
  std::atomic<std::uint64_t> monitored{0};
  std::atomic<std::uint64_t> downs{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::int64_t> alive{0};
};

class target : public actor<hit, query, later_query> {
 public:
  explicit target(totals* t) : totals_(t) { ++totals_->alive; }
  ~target() { --totals_->alive; }
  void on(hit) { ++totals_->handled; }
  int on(query) {
    ++totals_->handled;
    return 1;
  }
  task<int> on(later_query) {
    ++totals_->handled;
    co_await sleep_for(1us);
    co_return 2;
  }

 private:
  totals* totals_;
};
using target_ref = actor_ref<hit, query, later_query>;

struct victim {
  target_ref who;
};
struct all_quiet {
  using reply = bool;
};

/// Sends to, asks and monitors whatever it is shown, many at a time.
class attacker : public actor<victim, all_quiet> {
 public:
  static constexpr bool reentrant = true;
  explicit attacker(totals* t) : totals_(t) {}

  task<void> on(victim v) {
    ++totals_->handled;
    open_.insert(monitor(v.who));
    ++totals_->monitored;
    for (int i = 0; i < 2; ++i) tell(v.who, hit{});
    ++totals_->asked;
    ++totals_->sent;
    ++waiting_;
    const bool late = totals_->asked.load(std::memory_order_relaxed) % 16 == 0;
    if (late) {
      const auto answer = co_await v.who.ask(later_query{}).result();
      settle(answer);
    } else {
      const auto answer = co_await v.who.ask(query{}).result();
      settle(answer);
    }
    tell(v.who, hit{});
  }
  void on(down d) {
    ++totals_->downs;
    if (open_.erase(d.monitor) != 1) ++totals_->wrong;
  }
  bool on(all_quiet) const { return open_.empty() && waiting_ == 0; }

 private:
  void tell(const target_ref& to, hit h) {
    ++totals_->sent;
    to.tell(h);
  }
  void settle(const outcome<int>& answer) {
    --waiting_;
    if (answer) {
      ++totals_->ended[0];
    } else {
      ++totals_->ended[answer.error().code == errc::actor_down ? 1 : 2];
    }
  }

  totals* totals_;
  std::unordered_set<std::uint64_t> open_;
  int waiting_ = 0;
};

/// Spawns targets, shows them to the attackers, ends them in one way or another.
behavior spawner(mailbox<hit> mail, totals* t, std::vector<actor_ref<victim, all_quiet>> attackers,
                 int rounds, unsigned seed, std::promise<void>* done) {
  std::mt19937 random(seed);
  std::deque<target_ref> living;
  for (int i = 0; i < rounds; ++i) {
    auto it = mail.system().spawn<target>(t);
    living.push_back(it);
    if (i % 8 == 0) {
      ++t->sent;
      attackers[random() % attackers.size()].tell(victim{it});
    }
    ++t->sent;
    it.tell(hit{});
    if (living.size() > 64) {
      mail.self().tell(hit{});  // lets the others come in between
      co_await mail.receive<hit>();
    }
    it = living.front();
    if (living.size() > random() % 128) living.pop_front();  // some are ended twice
    switch (random() % 4) {
      case 0: it.kill(); break;
      case 1:
        it.stop();
        it.kill();
        break;
      default: it.stop();
    }
    if (random() % 2) {
      ++t->sent;
      it.tell(hit{});
    }
    // Not so far ahead that the mailboxes of the attackers grow without bound.
    while (i % 64 == 0 && t->alive.load(std::memory_order_relaxed) > 10'000)
      co_await sleep_for(50us);
  }
  for (auto& it : living) it.stop();
  done->set_value();
}

void come_and_go(unsigned workers, totals& t) {
  actor_system system({.workers = workers, .shutdown_timeout = 60s});
  std::vector<actor_ref<victim, all_quiet>> attackers;
  for (int i = 0; i < 4; ++i) attackers.push_back(system.spawn<attacker>(&t));
  std::vector<std::promise<void>> done(4);
  for (unsigned s = 0; s < 4; ++s) {
    system.spawn<spawner>(&t, attackers, 125'000 / scale, s, &done[s]);
  }
  for (auto& d : done) within(d.get_future(), patience);
  for (auto& a : attackers) {
    while (!a.ask(all_quiet{}).get()) std::this_thread::yield();
    a.stop();
  }
  while (system.live_actors() != 0) std::this_thread::yield();
  CHECK(t.sent == t.handled + system.dead_letters());
  CHECK(system.shutdown());
}

}  // namespace

TEST_CASE("stress: a million actors come and go while others send to, ask and monitor them") {
  for (unsigned workers : {1U, 3U}) {  // one sends by the near lane, see runtime/near.hpp
    CAPTURE(workers);
    totals t;
    come_and_go(workers, t);
    CHECK(t.alive == 0);
    CHECK(t.wrong == 0);
    CHECK(t.monitored == t.downs);
    CHECK(t.asked == t.ended[0] + t.ended[1]);
    CHECK(t.ended[2] == 0);
    MESSAGE("asks: ", t.asked.load(), ", of them answered: ", t.ended[0].load());
  }
}

namespace {

struct item {
  int sender;
  int n;
};
struct seen {
  using reply = std::vector<int>;
};

/// Checks that each sender's items come without gap; ends after so many.
class receiver : public actor<item, seen> {
 public:
  static constexpr mailbox_bounds bounds = unbounded;  // its senders never wait
  receiver(int senders, int last, std::atomic<int>* gaps, std::atomic<long>* count)
      : next_(static_cast<std::size_t>(senders)), left_(last), gaps_(gaps), count_(count) {}
  void on(item m) {
    ++*count_;
    auto& next = next_[static_cast<std::size_t>(m.sender)];
    if (m.n != next) ++*gaps_;
    next = m.n + 1;
    if (--left_ == 0) stop();
  }
  std::vector<int> on(seen) const { return next_; }

 private:
  std::vector<int> next_;
  int left_;
  std::atomic<int>* gaps_;
  std::atomic<long>* count_;
};

behavior source(mailbox<hit> mail, actor_ref<item> to, int me, int count,
                std::atomic<int>* running) {
  for (int i = 0; i < count; ++i) {
    to.tell(item{me, i});
    if (i % 500 == 0) {
      mail.self().tell(hit{});
      co_await mail.receive<hit>();
    }
  }
  --*running;
}

}  // namespace

TEST_CASE("stress: what arrives from each of many senders is a prefix of what it sent") {
  constexpr int each = 100'000 / scale;
  constexpr int threads = 4;
  constexpr int actors = 4;
  for (const auto& [workers, early_end] :
       {std::pair{1U, false}, std::pair{1U, true}, std::pair{2U, false}, std::pair{2U, true}}) {
    CAPTURE(workers);
    std::atomic<int> gaps{0};
    std::atomic<int> running{actors};
    std::atomic<long> count{0};
    actor_system system({.workers = workers, .shutdown_timeout = 60s});
    const int total = each * (threads + actors);
    auto to =
        system.spawn<receiver>(threads + actors, early_end ? total / 2 : total + 1, &gaps, &count);
    std::vector<std::thread> senders;
    for (int s = 0; s < threads; ++s) {
      senders.emplace_back([&to, s] {
        for (int i = 0; i < each; ++i) to.tell(item{s, i});
      });
    }
    for (int s = 0; s < actors; ++s) system.spawn<source>(to, threads + s, each, &running);
    for (auto& s : senders) s.join();
    while (running != 0) std::this_thread::yield();
    if (!early_end) {
      for (int n : to.ask(seen{}).get()) CHECK(n == each);
    }
    CHECK(system.shutdown());
    CHECK(gaps == 0);
    CHECK(count + static_cast<long>(system.dead_letters()) == total);
  }
}

TEST_CASE("stress: kill against stop against send: one end, one down, nothing lost") {
  const auto single = std::make_unique<actor_system>(system_options{.workers = 1});
  const auto several = std::make_unique<actor_system>(system_options{.workers = 2});
  for (int round = 0; round < 4000 / scale; ++round) {
    totals t;
    const auto& system = round % 2 ? single : several;
    const std::uint64_t dropped = system->dead_letters();
    auto it = system->spawn<target>(&t);
    auto watch = system->spawn<attacker>(&t);
    ++t.sent;
    watch.tell(victim{it});
    std::vector<std::thread> threads;
    for (int k = 0; k < 3; ++k) {
      threads.emplace_back([&t, it, k] {
        for (int i = 0; i < 20; ++i) {
          ++t.sent;
          it.tell(hit{});
          if (i == 10 && k == 0) it.stop();
          if (i == 12 && k == 1) it.kill();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    while (!watch.ask(all_quiet{}).get() || t.downs == 0) std::this_thread::yield();
    watch.stop();
    while (system->live_actors() != 0) std::this_thread::yield();
    while (t.sent != t.handled + (system->dead_letters() - dropped)) std::this_thread::yield();
    CHECK(t.downs == 1);
    CHECK(t.alive == 0);
    CHECK(t.wrong == 0);
  }
}

namespace {

struct alarm_call {
  std::chrono::steady_clock::time_point at;
};
class sleeper : public actor<alarm_call> {
 public:
  sleeper(std::atomic<int>* rung, std::atomic<int>* early) : rung_(rung), early_(early) {}
  void on(alarm_call m) {
    if (std::chrono::steady_clock::now() < m.at) ++*early_;
    ++*rung_;
  }

 private:
  std::atomic<int>* rung_;
  std::atomic<int>* early_;
};

}  // namespace

TEST_CASE("stress: timers under load: each rings once and never early, or is cancelled for good") {
  constexpr int each = 40'000 / scale;
  std::atomic<int> rung{0};
  std::atomic<int> early{0};
  std::atomic<int> cancelled{0};
  std::atomic<bool> enough{false};
  actor_system system({.workers = 2, .shutdown_timeout = 60s});
  auto to = system.spawn<sleeper>(&rung, &early);
  auto load = system.spawn([&](mailbox<hit> mail) -> behavior {
    while (!enough) {
      mail.self().tell(hit{});
      co_await mail.receive<hit>(1h);
    }
  });
  std::vector<std::thread> threads;
  for (unsigned s = 0; s < 3; ++s) {
    threads.emplace_back([&, s] {
      std::mt19937 random(s);
      for (int i = 0; i < each; ++i) {
        const std::chrono::microseconds delay{random() % 2000};
        const auto id =
            system.tell_after(delay, to, alarm_call{std::chrono::steady_clock::now() + delay});
        if (random() % 4 == 0) cancelled += system.cancel(id);
      }
    });
  }
  for (auto& t : threads) t.join();
  while (rung + cancelled < 3 * each) std::this_thread::yield();
  enough = true;
  system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(load));
  CHECK(system.shutdown());
  CHECK(rung + cancelled == 3 * each);
  CHECK(early == 0);
}

TEST_CASE("stress: asks with deadlines of about the time of their answer end once each") {
  constexpr int each = 2'000 / scale;
  std::atomic<int> answered{0};
  std::atomic<int> timed_out{0};
  std::atomic<int> other{0};
  totals t;
  actor_system system({.workers = 2, .shutdown_timeout = 60s});
  auto it = system.spawn<target>(&t);
  std::vector<std::promise<void>> done(4);
  for (auto& d : done) {
    system.spawn(
        [&](mailbox<>, std::promise<void>* finished) -> behavior {
          for (int i = 0; i < each; ++i) {
            const auto r =
                co_await it.ask(later_query{}, std::chrono::microseconds{1 + i % 2000}).result();
            if (r) {
              ++answered;
            } else if (r.error().code == errc::timeout) {
              ++timed_out;
            } else {
              ++other;
            }
          }
          finished->set_value();
        },
        &d);
  }
  for (auto& d : done) within(d.get_future(), patience);
  CHECK(answered + timed_out == 4 * each);
  CHECK(other == 0);
  MESSAGE("answered: ", answered.load(), ", timed out: ", timed_out.load());
}
