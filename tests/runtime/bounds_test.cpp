// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <eventually.hpp>
#include <latch>
#include <memory>
#include <mutex>
#include <troupe/actor_system.hpp>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct item {
  int n = 0;
};
struct hold {};  // the actor stalls until `go` is told to its gate
struct siren {
  static constexpr auto priority = urgent;
  int n = 0;
};
struct seen {
  using reply = std::vector<int>;
};
struct twice {
  using reply = int;
  int n = 0;
};

struct pass {
  using reply = void;
};
struct go {};
struct waiting {
  using reply = std::size_t;
};

/// Lets nobody pass until told to go.
class gate : public actor<pass, go, waiting> {
 public:
  promise<void> on(pass) {
    auto answer = make_promise<void>();
    if (open_) {
      answer.set_value();
    } else {
      waiting_.push_back(answer);
    }
    return answer;
  }
  std::size_t on(waiting) const { return waiting_.size(); }
  void on(go) {
    open_ = true;
    for (auto& w : waiting_) w.set_value();
  }

 private:
  bool open_ = false;
  std::vector<promise<void>> waiting_;
};

template <std::uint32_t Messages, overflow AtBound>
class keeper : public actor<item, hold, siren, seen, twice> {
 public:
  static constexpr mailbox_bounds bounds{.messages = Messages, .at_bound = AtBound};

  explicit keeper(actor_ref<pass, go, waiting> gate) : gate_(gate) {}
  void on(item m) { seen_.push_back(m.n); }
  void on(siren m) { seen_.push_back(-m.n); }
  task<void> on(hold) { co_await gate_.ask(pass{}); }
  std::vector<int> on(seen) { return seen_; }
  int on(twice m) {
    seen_.push_back(m.n);
    return 2 * m.n;
  }

 private:
  actor_ref<pass, go, waiting> gate_;
  std::vector<int> seen_;
};

template <std::uint32_t Messages, overflow AtBound>
struct stalled {
  explicit stalled(actor_system& system)
      : door(system.spawn<gate>()), actor(system.spawn<keeper<Messages, AtBound>>(door)) {
    actor.tell(hold{});
    eventually([&] { return door.ask(waiting{}).get() == 1; });
  }
  std::vector<int> let_go() {
    door.tell(go{});
    std::vector<int> got;
    eventually([&] {  // where a bound refuses, there is no room for the question at first
      try {
        got = actor.ask(seen{}).get();
        return true;
      } catch (const mailbox_full_error&) {
        return false;
      }
    });
    return got;
  }
  actor_ref<pass, go, waiting> door;
  actor_ref<item, hold, siren, seen, twice> actor;
};

struct look {};

/// Wants the newest only; `look` keeps it from looking up.
class camera : public actor<item, look> {
 public:
  static constexpr mailbox_bounds bounds{.messages = 1, .at_bound = overflow::drop_oldest};
  camera(std::latch& inside, std::latch& out, std::atomic<int>& last)
      : inside_(inside), out_(out), last_(last) {}
  void on(look) {
    inside_.count_down();
    out_.wait();
  }
  void on(item m) { last_ = m.n; }

 private:
  std::latch& inside_;
  std::latch& out_;
  std::atomic<int>& last_;
};

using suspending = stalled<8, overflow::suspend>;
using refusing = stalled<8, overflow::refuse>;

/// What was dropped and why; the system keeps a share, since it drops until it has shut down.
class counted_drops {
 public:
  explicit counted_drops(actor_system& system) {
    system.on_dead_letter([seen = seen_](const dead_letter_report& r) {
      const std::scoped_lock hold{seen->mutex};
      seen->reasons.push_back(r.reason);
    });
  }
  std::size_t count(drop_reason why) {
    const std::scoped_lock hold{seen_->mutex};
    return static_cast<std::size_t>(std::count(seen_->reasons.begin(), seen_->reasons.end(), why));
  }

 private:
  struct record {
    std::mutex mutex;
    std::vector<drop_reason> reasons;
  };
  std::shared_ptr<record> seen_ = std::make_shared<record>();
};

long resident_kib() {
  long pages = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%*ld %ld", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

std::vector<int> numbers(int first, int last) {
  std::vector<int> all;
  for (int n = first; n <= last; ++n) all.push_back(n);
  return all;
}

}  // namespace

TEST_CASE("bounds: a mailbox takes as many messages as it says, and drops the next one told") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  suspending one(system);
  for (int n = 1; n <= 10; ++n) one.actor.tell(item{n});
  CHECK(drops.count(drop_reason::mailbox_full) == 2);
  // The question waits in line for room.
  CHECK(one.let_go() == numbers(1, 8));
  CHECK(system.dead_letters() == 2);
}

TEST_CASE("bounds: room that is read is room again, however often") {
  actor_system system({.workers = 1});
  auto one = system.spawn<keeper<3, overflow::suspend>>(system.spawn<gate>());
  for (int n = 0; n < 1000; n += 3) {
    for (int k = 0; k < 3; ++k) one.tell(item{n + k});
    (void)one.ask(twice{0}).get();  // three may wait at once; this one waits its turn
  }
  CHECK(one.ask(seen{}).get().size() == 1002 + 334);
  CHECK(system.dead_letters() == 0);
}

TEST_CASE("bounds: try_tell hands a message back that finds no room, or nobody") {
  actor_system system({.workers = 2});
  refusing one(system);
  for (int n = 1; n <= 8; ++n) CHECK(one.actor.try_tell(item{n}).has_value());
  auto ninth = one.actor.try_tell(item{9});
  REQUIRE(!ninth);
  CHECK(ninth.error().message.n == 9);
  CHECK(ninth.error().reason == errc::mailbox_full);
  CHECK(one.let_go() == numbers(1, 8));
  one.actor.kill();
  eventually([&] {
    auto sent = one.actor.try_tell(item{10});
    return !sent && sent.error().reason == errc::actor_down;
  });
  CHECK(one.actor.try_tell(item{10}).error().reason == errc::actor_down);
  CHECK(actor_ref<item>{}.try_tell(item{11}).error().reason == errc::actor_down);
}

TEST_CASE("bounds: senders wait for room in the order in which they came, and block no thread") {
  actor_system system({.workers = 1});
  suspending one(system);
  for (int n = 1; n <= 8; ++n) one.actor.tell(item{n});
  struct started {};
  std::atomic<int> begun = 0, done = 0;
  for (int n = 9; n <= 40; ++n) {
    system.spawn([&, n](mailbox<>) -> behavior {
      ++begun;
      co_await one.actor.send(item{n});
      ++done;
    });
    eventually([&] { return begun == n - 8; });
  }
  CHECK(done == 0);
  one.door.tell(go{});
  eventually([&] { return done == 32; });
  CHECK(one.actor.ask(seen{}).get() == numbers(1, 40));
  CHECK(system.dead_letters() == 0);
}

TEST_CASE("bounds: a sender waits no longer than it says, and its message is not handled then") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  suspending one(system);
  for (int n = 1; n <= 8; ++n) one.actor.tell(item{n});
  CHECK_THROWS_AS(one.actor.send(item{9}, 1ms).get(), timeout_error);
  CHECK_THROWS_AS(one.actor.ask(twice{10}, 1ms).get(), timeout_error);
  CHECK(one.let_go() == numbers(1, 8));
  CHECK(drops.count(drop_reason::expired) == 2);
}

TEST_CASE("bounds: whoever waits for room of an actor that ends learns it") {
  actor_system system({.workers = 2});
  suspending one(system);
  for (int n = 1; n <= 8; ++n) one.actor.tell(item{n});
  std::atomic<int> waiting_now = 0, down_now = 0;
  for (int n = 0; n < 5; ++n) {
    system.spawn([&](mailbox<>) -> behavior {
      ++waiting_now;
      auto sent = co_await one.actor.send(item{9}).result();
      if (!sent && sent.error().code == errc::actor_down) ++down_now;
    });
  }
  eventually([&] { return waiting_now == 5; });
  one.actor.kill();
  eventually([&] { return down_now == 5; });
  CHECK_THROWS_AS(one.actor.send(item{9}).get(), actor_down);
}

TEST_CASE("bounds: refuse fails sends and asks at once") {
  actor_system system({.workers = 2});
  refusing one(system);
  for (int n = 1; n <= 8; ++n) one.actor.tell(item{n});
  CHECK_THROWS_AS(one.actor.send(item{9}).get(), mailbox_full_error);
  CHECK_THROWS_AS(one.actor.ask(twice{9}).get(), mailbox_full_error);
  auto asked = one.actor.ask(twice{9});
  CHECK_THROWS_WITH(std::move(asked).get(), doctest::Contains("full (8 messages)"));
  one.door.tell(go{});
  eventually([&] { return one.actor.try_tell(item{9}).has_value(); });
  auto all = one.actor.ask(seen{});
  CHECK(std::move(all).get() == numbers(1, 9));
}

TEST_CASE("bounds: drop_newest drops whoever comes last, and says so to who asks") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  stalled<4, overflow::drop_newest> one(system);
  for (int n = 1; n <= 4; ++n) one.actor.tell(item{n});
  one.actor.tell(item{5});
  CHECK(one.actor.try_tell(item{6}).has_value());
  one.actor.send(item{7}).get();
  CHECK_THROWS_AS(one.actor.ask(twice{8}).get(), mailbox_full_error);
  CHECK(drops.count(drop_reason::mailbox_full) == 4);
  one.door.tell(go{});
  eventually([&] {
    auto all = one.actor.ask(seen{});
    auto got = system.run([](auto ask) -> task<outcome<std::vector<int>>> {
      auto pending = std::move(ask).result();
      co_return co_await pending;
    }(std::move(all)));
    return got && *got == numbers(1, 4);
  });
}

TEST_CASE(
    "bounds: drop_oldest keeps the newest, in a waiting actor and in one that never looks up") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  stalled<4, overflow::drop_oldest> one(system);
  for (int n = 1; n <= 100; ++n) one.actor.tell(item{n});
  CHECK(drops.count(drop_reason::overtaken) == 96);
  one.door.tell(go{});
  std::vector<int> got;
  eventually([&] {
    got = one.actor.ask(seen{}).get();
    return !got.empty() && got.back() == 100;
  });
  CHECK(got.size() >= 3);  // the question may have pushed out one more
  CHECK(got == numbers(101 - static_cast<int>(got.size()), 100));

  std::latch inside{1}, out{1};
  std::atomic<int> last = 0;
  auto eye = system.spawn<camera>(inside, out, last);
  eye.tell(look{});
  inside.wait();
  for (int n = 1; n <= 1000; ++n) eye.tell(item{n});
  out.count_down();
  eventually([&] { return last == 1000; });
}

TEST_CASE("bounds: drop_oldest drops no stop, and what is behind a stop goes with the actor") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  stalled<2, overflow::drop_oldest> one(system);
  one.actor.tell(item{1});
  one.actor.stop();
  for (int n = 2; n <= 50; ++n) one.actor.tell(item{n});
  CHECK(drops.count(drop_reason::overtaken) == 48);
  one.door.tell(go{});
  const exit_reason why = system.run([](auto whom) -> task<exit_reason> {
    auto end = ended(whom);
    co_return co_await end;
  }(one.actor));
  CHECK((why.is_normal() || why.what == exit_reason::cause::never_existed));
  eventually([&] { return drops.count(drop_reason::no_actor) == 2; });
}

TEST_CASE("bounds: a stop needs no room") {
  actor_system system({.workers = 2});
  refusing one(system);
  for (int n = 1; n <= 20; ++n) one.actor.tell(item{n});
  one.actor.stop();
  one.door.tell(go{});
  system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(one.actor));
  CHECK(system.dead_letters() == 12);
}

TEST_CASE(
    "bounds: an urgent message overtakes what waits, in order among its like, within the bound") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  suspending one(system);
  for (int n = 1; n <= 8; ++n) one.actor.tell(item{n});
  for (int n = 1; n <= 8; ++n) one.actor.tell(siren{n});  // a full mailbox does not stop it
  CHECK(system.dead_letters() == 0);
  auto ninth = one.actor.try_tell(siren{9});
  REQUIRE(!ninth);
  CHECK(ninth.error().reason == errc::mailbox_full);
  one.actor.tell(siren{10});
  CHECK(drops.count(drop_reason::mailbox_full) == 1);
  const auto got = one.let_go();
  REQUIRE(got.size() == 16);
  CHECK(std::vector<int>(got.begin(), got.begin() + 8) ==
        std::vector<int>{-1, -2, -3, -4, -5, -6, -7, -8});
  CHECK(std::vector<int>(got.begin() + 8, got.end()) == numbers(1, 8));
  for (int n = 1; n <= 100; ++n) {  // the count of urgent mail has come down again
    one.actor.tell(siren{n});
    (void)one.actor.ask(twice{0}).get();
  }
  CHECK(drops.count(drop_reason::mailbox_full) == 1);
}

TEST_CASE("bounds: urgent mail for an actor that ends is refused and counted out") {
  actor_system system({.workers = 2});
  auto sirens = std::make_shared<std::atomic<int>>(0);
  system.on_dead_letter([sirens](const dead_letter_report& r) {
    if (r.message.ends_with("siren")) ++*sirens;
  });
  for (int round = 0; round < 20; ++round) {
    stalled<2, overflow::suspend> one(system);
    one.actor.tell(siren{1});
    one.actor.tell(siren{2});
    one.actor.kill();  // the next round's actor may get the same cell
    eventually([&] { return !one.actor.try_tell(item{0}); });
  }
  eventually([&] { return *sirens == 40; });
}

TEST_CASE("bounds: chosen where an actor is spawned, for a function and for a class") {
  actor_system system({.workers = 2});
  counted_drops drops(system);
  std::latch inside{1}, out{1};
  auto listener = system.spawn(spawn_options{.bounds = mailbox_bounds{2, overflow::refuse}},
                               [&](mailbox<item> mail) -> behavior {
                                 inside.count_down();
                                 out.wait();
                                 for (;;) {
                                   auto m = co_await mail.receive<item>();
                                   if (m.n == 2) co_return;
                                 }
                               });
  inside.wait();
  CHECK(listener.try_tell(item{1}).has_value());
  CHECK(listener.try_tell(item{2}).has_value());
  CHECK_FALSE(listener.try_tell(item{3}).has_value());
  out.count_down();
  eventually([&] {
    auto sent = listener.try_tell(item{4});
    return !sent && sent.error().reason == errc::actor_down;
  });

  auto door = system.spawn<gate>();
  auto one = system.spawn<keeper<8, overflow::suspend>>(
      spawn_options{.bounds = mailbox_bounds{1, overflow::refuse}}, door);
  one.tell(hold{});
  eventually([&] { return door.ask(waiting{}).get() == 1; });
  CHECK(one.try_tell(item{1}).has_value());
  CHECK_FALSE(one.try_tell(item{2}).has_value());
}

TEST_CASE("bounds: too large a bound is refused by name") {
  actor_system system({.workers = 1});
  const spawn_options bad{.bounds = mailbox_bounds{mailbox_messages_max + 1}};
  CHECK_THROWS_WITH_AS(
      system.spawn<gate>(bad),
      "mailbox_bounds.messages is 1048576; at most 1048575 are possible, or `unbounded`",
      std::invalid_argument);
  CHECK(system.live_actors() == 0);
}

TEST_CASE("bounds: ten million messages to a stalled actor leave the memory flat") {
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
  constexpr int messages = 300'000;
#else
  constexpr int messages = 10'000'000;
#endif
  actor_system system({.workers = 2});
  system.on_dead_letter([](const dead_letter_report&) {});
  stalled<1000, overflow::suspend> keeps_first(system);
  stalled<1000, overflow::drop_oldest> keeps_last(system);
  for (int n = 1; n <= 2000; ++n) {
    keeps_first.actor.tell(item{n});
    keeps_last.actor.tell(item{n});
  }
  const long before = resident_kib();
  for (int n = 2001; n <= messages; ++n) {
    keeps_first.actor.tell(item{n});
    keeps_last.actor.tell(item{n});
  }
  CHECK(resident_kib() - before < 4096);
  keeps_first.door.tell(go{});
  CHECK(keeps_first.actor.ask(seen{}).get() == numbers(1, 1000));
  keeps_last.door.tell(go{});
  std::vector<int> got;
  eventually([&] {
    got = keeps_last.actor.ask(seen{}).get();
    return got.size() >= 999;
  });
  CHECK(got.back() == messages);
}

TEST_CASE("bounds: an unbounded mailbox takes what comes, beyond what the counter can count") {
  actor_system system({.workers = 2});
  std::latch inside{1}, out{1};
  std::atomic<std::uint32_t> got = 0;
  auto sink = system.spawn(spawn_options{.bounds = unbounded}, [&](mailbox<item> mail) -> behavior {
    inside.count_down();
    out.wait();
    for (;;) {
      auto m = co_await mail.receive<item>();
      if (static_cast<std::uint32_t>(m.n) != got) co_return;
      ++got;
    }
  });
  inside.wait();
  constexpr std::uint32_t messages = 4'500'000;  // more than twice 2^21
  for (std::uint32_t n = 0; n < messages; ++n) sink.tell(item{static_cast<int>(n)});
  out.count_down();
  eventually([&] { return got == messages; });
  CHECK(system.dead_letters() == 0);
}

TEST_CASE("bounds: many senders, a small mailbox: all that was sent with send arrives, in order") {
  actor_system system({.workers = 2});
  constexpr int senders = 8, each = 2000;
  struct numbered {
    int sender = 0;
    int n = 0;
  };
  std::atomic<int> arrived = 0, disorder = 0;
  auto sink = system.spawn(spawn_options{.bounds = mailbox_bounds{3, overflow::suspend}},
                           [&](mailbox<numbered> mail) -> behavior {
                             std::vector<int> next(senders, 0);
                             for (;;) {
                               auto m = co_await mail.receive<numbered>();
                               auto& expected = next[static_cast<std::size_t>(m.sender)];
                               if (m.n != expected++) ++disorder;
                               ++arrived;
                             }
                           });
  for (int s = 0; s < senders; ++s) {
    system.spawn([&, s](mailbox<>) -> behavior {
      for (int n = 0; n < each; ++n) co_await sink.send(numbered{s, n});
    });
  }
  eventually([&] { return arrived == senders * each; });
  CHECK(disorder == 0);
  CHECK(system.dead_letters() == 0);
}
