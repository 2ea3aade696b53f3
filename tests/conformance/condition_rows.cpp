// SPDX-License-Identifier: BSD-3-Clause
#include <takes_about.hpp>
#include <troupe/condition.hpp>

#include "locker.hpp"

namespace condition_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

}  // namespace condition_rows

/// A name of their own: what is called the same elsewhere would be taken for these.
namespace troupe::conformance::conditions {

using locks::pocket;

enum class woke : std::uint8_t { notified, late, cancelled, misused };

inline task<woke> sleep_on(condition c, limit timeout) {
  if (timeout) {
    auto asked = c.wait(*timeout).result();
    const auto how = co_await asked;
    co_return !how ? woke::misused : *how ? woke::notified : woke::late;
  }
  auto asked = c.wait().result();
  const auto how = co_await asked;
  co_return !how ? woke::misused : *how ? woke::notified : woke::late;
}
/// Acquires, waits, and releases when it goes on.
inline task<woke> nap_on(condition c, limit timeout) {
  const lock_guard held = co_await c.acquire();
  co_return co_await sleep_on(c, timeout);
}
/// The same, but it is broken off.
inline task<woke> nap_until_stopped(condition c) {
  const lock_guard held = co_await c.acquire();
  std::stop_source enough;
  auto asked = c.wait(enough.get_token()).result();
  enough.request_stop();
  const auto how = co_await asked;
  co_return how.has_error() && how.error().code == errc::cancelled ? woke::cancelled
                                                                   : woke::notified;
}
/// \return how many were woken; -1: it was a misuse
inline task<int> wake_by(condition c, std::size_t n) {
  auto asked = c.notify(n).result();
  const auto woken = co_await asked;
  co_return woken ? static_cast<int>(*woken) : -1;
}
inline task<std::size_t> levels_on(condition c) {
  const auto owner = co_await c.owner();
  co_return owner ? owner->amount : 0;
}

using sleeper = doer<pocket, &locks::take<condition>, &locks::give_back, &locks::release<condition>,
                     &sleep_on, &nap_on, &nap_until_stopped, &wake_by, &levels_on>;
using sleeper_ref = doer_ref<&locks::take<condition>, &locks::give_back, &locks::release<condition>,
                             &sleep_on, &nap_on, &nap_until_stopped, &wake_by, &levels_on>;

inline condition condition_on(actor_system& system, lock door) {
  return condition::on(system, door);
}

}  // namespace troupe::conformance::conditions

namespace condition_rows {
using namespace troupe::conformance::conditions;

namespace {

struct party_on {
  place& here;
  condition on;
  sleeper_ref who = here.spawn_apart<sleeper>();

  locks::got take_it(limit timeout = {}) const {
    auto taking = begin(here.system(), who.ask(told<&locks::take<condition>>(on, timeout)));
    return finish_well(taking);
  }
  bool try_it() const { return take_it(0ns).held; }
  std::string give_it_back() const { return who.ask(told<&locks::give_back>()).get(); }
  std::string release_it() const { return who.ask(told<&locks::release<condition>>(on)).get(); }
  woke wait(limit timeout = {}) const { return who.ask(told<&sleep_on>(on, timeout)).get(); }
  pending<woke> begin_nap(limit timeout = {}) const {
    return begin(here.system(), who.ask(told<&nap_on>(on, timeout)));
  }
  int notify(std::size_t n = 1) const { return who.ask(told<&wake_by>(on, n)).get(); }
};

/// So many who sleep.
struct sleepers {
  std::vector<party_on> who;
  std::vector<pending<woke>> naps;

  sleepers(place& here, const condition& on, std::size_t n) {
    const std::size_t before = on.sleeping().get();
    for (std::size_t i = 0; i < n; ++i) {
      naps.push_back(who.emplace_back(here, on).begin_nap());
      eventually([&] { return on.sleeping().get() == before + i + 1; });
    }
  }
  std::size_t awake() const {
    std::size_t n = 0;
    for (const auto& nap : naps) n += is_over(nap);
    return n;
  }
  void are_awake(std::size_t n) const {
    eventually([&] { return awake() == n; });
  }
};

/// Acquires, notifies, releases.
int wake(const party_on& by, std::size_t n) {
  by.take_it();
  const int woken = by.notify(n);
  CHECK(by.give_it_back().empty());
  return woken;
}

}  // namespace

TEST_CASE("CO01 condition: without a given lock it is re-entrant") {
  in_every_place([](place& here) {
    const party_on one{here, here.make<condition>()};
    CHECK(one.take_it().held);
    CHECK(one.try_it());
    CHECK_FALSE(party_on{here, one.on}.try_it());
    CHECK(one.release_it().empty());
    CHECK(one.release_it().empty());
    CHECK(party_on{here, one.on}.try_it());
  });
}

TEST_CASE("CO02 condition: on a given lock it is that lock: holding either blocks the other") {
  in_every_place([](place& here) {
    const lock door = here.make<lock>();
    const party_on one{here, condition_on(here.system(), door)};
    one.take_it();
    CHECK_FALSE(door.try_acquire().get());
    CHECK(one.give_it_back().empty());
    const lock_guard held = door.acquire().get();
    CHECK(held);
    CHECK_FALSE(one.try_it());
    const condition other = condition_on(here.system(), door);
    CHECK(other != one.on);
    CHECK(other.coordinator() == one.on.coordinator());
  });
}

TEST_CASE("CO03 condition: the scoped form holds the underlying lock") {
  in_every_place([](place& here) {
    const lock door = here.make<lock>();
    const condition c = condition_on(here.system(), door);
    {
      const lock_guard held = c.acquire().get();
      CHECK(door.locked().get());
    }
    CHECK_FALSE(door.locked().get());
  });
}

TEST_CASE("CO04 condition: waiting without holding the lock is an error") {
  in_every_place([](place& here) {
    const party_on one{here, here.make<condition>()};
    CHECK(one.wait() == woke::misused);
    const party_on holder{here, one.on};
    holder.take_it();
    CHECK(one.wait() == woke::misused);
    CHECK_THROWS_AS((void)one.on.wait().get(), misuse_error);
  });
}

TEST_CASE("CO05 condition: notifying without holding the lock is an error") {
  in_every_place([](place& here) {
    const party_on one{here, here.make<condition>()};
    CHECK(one.notify() == -1);
    const party_on holder{here, one.on};
    holder.take_it();
    CHECK(one.notify() == -1);
    CHECK_THROWS_AS((void)one.on.notify_all().get(), misuse_error);
  });
}

TEST_CASE("CO06 condition: a notified waiter does not go on until the notifier has released") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const sleepers one(here, by.on, 1);
    by.take_it();
    CHECK(by.notify() == 1);
    eventually([&] { return by.on.waiting().get() == 1; });
    CHECK(one.awake() == 0);
    CHECK(by.give_it_back().empty());
    one.are_awake(1);
  });
}

TEST_CASE("CO07 condition: notify(3) with five waiting wakes exactly three, those who came first") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    sleepers five(here, by.on, 5);
    CHECK(wake(by, 3) == 3);
    five.are_awake(3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(is_over(five.naps[i]));
    CHECK(by.on.sleeping().get() == 2);
    CHECK(wake(by, 2) == 2);
    five.are_awake(5);
  });
}

TEST_CASE("CO08 condition: notify(n) with fewer waiting wakes those and stores nothing") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    sleepers two(here, by.on, 2);
    CHECK(wake(by, 10) == 2);
    two.are_awake(2);
    sleepers late(here, by.on, 1);
    CHECK(late.awake() == 0);
    CHECK(by.on.sleeping().get() == 1);
    CHECK(wake(by, 1) == 1);
    late.are_awake(1);
  });
}

TEST_CASE("CO09 condition: notify_all wakes every waiter") {
  in_every_place([](place& here) {
    const condition c = here.make<condition>();
    sleepers all(here, c, 4);
    {
      const lock_guard held = c.acquire().get();
      CHECK(c.notify_all().get() == 4);
    }
    for (auto& nap : all.naps) CHECK(finish_well(nap) == woke::notified);
  });
}

TEST_CASE("CO10 condition: nobody wakes without a notify") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const party_on other{here, condition::on(here.system(), by.on)};
    sleepers two(here, by.on, 2);
    for (int i = 0; i < 3; ++i) CHECK(wake(other, 10) == 0);  // of another condition of this lock
    CHECK(by.on.sleeping().get() == 2);
    CHECK(two.awake() == 0);
  });
}

TEST_CASE("CO11 condition: wait says true when notified, and the lock is held again") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const party_on one{here, by.on};
    for (int i = 0; i < 2; ++i) one.take_it();
    auto waits = begin(here.system(), one.who.ask(told<&sleep_on>(one.on, limit{})));
    eventually([&] { return by.on.sleeping().get() == 1; });
    CHECK_FALSE(by.on.locked().get());
    CHECK(wake(by, 1) == 1);
    CHECK(finish_well(waits) == woke::notified);
    CHECK(one.who.ask(told<&levels_on>(one.on)).get() == 2);        // both levels
    for (int i = 0; i < 2; ++i) CHECK(one.give_it_back().empty());  // and both guards are good
    CHECK_FALSE(by.on.locked().get());
  });
}

TEST_CASE("CO12 condition: it is sound for a second full round") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    for (int round = 0; round < 2; ++round) {
      const sleepers three(here, by.on, 3);
      CHECK(wake(by, 1) == 1);
      three.are_awake(1);
      CHECK(wake(by, 2) == 2);
      three.are_awake(3);
      CHECK(by.on.sleeping().get() == 0);
      eventually([&] { return !by.on.locked().get(); });
    }
  });
}

TEST_CASE("CO13 condition: wait(t) is late after about t; so are wait(0) and a very short one") {
  in_every_place([](place& here) {
    const party_on one{here, here.make<condition>()};
    one.take_it();
    CHECK(one.wait(0ns) == woke::late);
    CHECK(one.wait(1ns) == woke::late);
    takes_about(50ms, [&] { CHECK(one.wait(50ms) == woke::late); });
    CHECK(one.on.locked().get());
    CHECK(one.give_it_back().empty());
  });
}

}  // namespace condition_rows

namespace troupe::conformance::conditions {
/// Waits until `goal` notifications have come, and says how long that took; -1: in vain.
inline task<std::int64_t> wait_for_rounds(condition c, int goal, limit timeout) {
  const lock_guard held = co_await c.acquire();
  int looked = -1;
  const auto begun = std::chrono::steady_clock::now();
  const auto enough = [&] { return ++looked >= goal; };
  const bool is = timeout ? co_await c.wait_for(enough, *timeout) : co_await c.wait_for(enough);
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begun;
  co_return is ? looked : -taken.count();
}
using patient = doer<nothing_kept, &wait_for_rounds>;
}  // namespace troupe::conformance::conditions

namespace condition_rows {

TEST_CASE("CO14 condition: wait_for looks again after each notify, and is true once it holds") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const auto who = here.spawn_apart<patient>();
    auto waits = begin(here.system(), who.ask(told<&wait_for_rounds>(by.on, 3, limit{})));
    for (int round = 1; round <= 3; ++round) {
      eventually([&] { return by.on.sleeping().get() == 1; });
      CHECK_FALSE(is_over(waits));
      CHECK(wake(by, 1) == 1);
    }
    CHECK(finish_well(waits) == 3);
  });
}

TEST_CASE("CO15 condition: wait_for(pred, t) is false if it never held, no earlier than t") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const auto who = here.spawn_apart<patient>();
    constexpr auto t = 50ms;
    auto waits = begin(here.system(), who.ask(told<&wait_for_rounds>(by.on, 1000, limit{t})));
    eventually([&] { return by.on.sleeping().get() == 1 || is_over(waits); });
    wake(by, 1);
    CHECK(finish_well(waits) <= -std::chrono::nanoseconds{t}.count());
    eventually([&] { return !by.on.locked().get(); });  // what its guard says comes another way
  });
}

TEST_CASE("CO16 condition: one notify wakes one of a process and a thread, the next the other") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const sleepers process(here, by.on, 1);
    auto thread = std::async(std::launch::async, [c = by.on] {
      const lock_guard held = c.acquire().get();
      return static_cast<bool>(c.wait().get());
    });
    eventually([&] { return by.on.sleeping().get() == 2; });
    CHECK(wake(by, 1) == 1);
    process.are_awake(1);
    CHECK(thread.wait_for(0s) != std::future_status::ready);
    CHECK(wake(by, 1) == 1);
    CHECK(thread.get());
  });
}

TEST_CASE("CO17 condition: waiters that timed out leave nothing behind") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const party_on one{here, by.on};
    for (int i = 0; i < 3; ++i) {
      auto nap = one.begin_nap(1ms);
      CHECK(finish_well(nap) == woke::late);
    }
    CHECK(by.on.sleeping().get() == 0);
    CHECK(by.on.waiting().get() == 0);
    eventually([&] { return by.on.holdings().get().held.empty(); });
    CHECK(wake(by, 10) == 0);
  });
}

TEST_CASE("CO18 condition: notify(2) then notify(4) over six wakes two, then the other four") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const sleepers six(here, by.on, 6);
    CHECK(wake(by, 2) == 2);
    six.are_awake(2);
    CHECK(by.on.sleeping().get() == 4);
    CHECK(wake(by, 4) == 4);
    six.are_awake(6);
  });
}

TEST_CASE(
    "CO19 condition: a wait can be broken off: it ends as cancelled, neither true nor false") {
  in_every_place([](place& here) {
    const party_on by{here, here.make<condition>()};
    const party_on one{here, by.on};
    auto nap = begin(here.system(), one.who.ask(told<&nap_until_stopped>(by.on)));
    CHECK(finish_well(nap) == woke::cancelled);
    eventually([&] { return by.on.sleeping().get() == 0; });
    CHECK(by.take_it(10s).held);
  });
}

TEST_CASE("CO20 condition: a child can acquire and release one that is served elsewhere") {
  in_every_place([](place& here) {
    const party_on child{here, here.make<condition>()};
    CHECK(child.take_it().held);
    CHECK(child.on.describe().get() == "rlock: locked");
    CHECK(child.release_it().empty());
    CHECK(child.on.describe().get() == "rlock: unlocked");
  });
}

TEST_CASE(
    "CO21 condition: used as a lock it passes the table of rlock, but for the nesting count") {
  in_every_place([](place& here) {
    const party_on one{here, here.make<condition>()};
    const party_on other{here, one.on};
    CHECK(one.release_it() == "rlock::release: nobody holds it");     // RL02
    CHECK_THROWS_AS((void)one.on.release_all().get(), misuse_error);  // RL04
    const locks::got outer = one.take_it();
    CHECK(one.take_it().fence == outer.fence);                              // RL01
    CHECK(other.release_it() == "rlock::release: somebody else holds it");  // RL07
    CHECK(one.on.owner().get()->who == one.who);                            // RL08
    CHECK(one.release_it().empty());
    CHECK(one.on.owner().get()->who == one.who);  // RL09
    CHECK_FALSE(other.try_it());
    CHECK(one.release_it().empty());
    CHECK(one.release_it() == "rlock::release: nobody holds it");  // RL03
    CHECK(other.try_it());
  });
}

TEST_CASE("K06 condition: one dies that holds its lock; the next gets it and is told") {
  at_every_death([](place& here, death how) {
    const party_on dying{here, here.make<condition>()};
    const party_on next{here, dying.on};
    dying.take_it();
    auto waits =
        begin(here.system(), next.who.ask(told<&locks::take<condition>>(next.on, limit{})));
    eventually([&] { return dying.on.waiting().get() == 1; });
    here.end(dying.who, how);
    const locks::got mine = finish_well(waits);
    CHECK(mine.held);
    CHECK(mine.abandoned);
  });
}

TEST_CASE("K07 condition: a waiter dies, then one notify: the live waiter is woken") {
  at_every_death([](place& here, death how) {
    const party_on by{here, here.make<condition>()};
    const sleepers dying(here, by.on, 1);
    const sleepers live(here, by.on, 1);
    here.end(dying.who[0].who, how);
    eventually([&] { return by.on.sleeping().get() == 1; });
    CHECK(wake(by, 1) == 1);
    live.are_awake(1);
    CHECK_FALSE(by.take_it().abandoned);
  });
}

TEST_CASE(
    "K07 condition: one dies that was notified and waits for the lock: the next is notified") {
  at_every_death([](place& here, death how) {
    const party_on by{here, here.make<condition>()};
    const sleepers dying(here, by.on, 1);
    const sleepers live(here, by.on, 1);
    by.take_it();
    CHECK(by.notify() == 1);
    here.end(dying.who[0].who, how);
    eventually([&] { return by.on.sleeping().get() == 0; });
    CHECK(by.give_it_back().empty());
    live.are_awake(1);
  });
}

}  // namespace condition_rows
