// SPDX-License-Identifier: BSD-3-Clause
#include <takes_about.hpp>
#include <thread>

#include "locker.hpp"

namespace lock_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::locks;
using namespace std::chrono_literals;

namespace {

template <class Lock>
bool is_free(const Lock& door) {
  return !door.locked().get();
}

template <class Lock>
void all_wait(const Lock& door, std::size_t n) {
  eventually([&] { return door.waiting().get() == n; });
}

/// Whoever does not list the verb with these arguments has no place for them.
template <class Lock>
constexpr bool tries_with_timeout = requires(const Lock& door) { door.try_acquire(1s); };

template <class Lock>
std::string name_of(const Lock&) {
  return std::same_as<Lock, lock> ? "lock" : "rlock";
}

}  // namespace

TEST_CASE("LK01 lock: a new one is free and can be thrown away unused") {
  with_each_lock([](place&, const auto& door) {
    CHECK(is_free(door));
    CHECK_FALSE(door.owner().get());
    door.coordinator().stop();
  });
}

TEST_CASE("LK02 lock: a free one describes itself as unlocked") {
  with_each_lock([](place&, const auto& door) {
    CHECK(door.describe().get() == name_of(door) + ": unlocked");
  });
}

TEST_CASE("LK03 lock: a held one describes itself as locked") {
  with_each_lock([](place& here, const auto& door) {
    const locking holder{here, door};
    holder.take_it();
    CHECK(door.describe().get() == name_of(door) + ": locked");
    CHECK(holder.give_it_back().empty());
    CHECK(door.describe().get() == name_of(door) + ": unlocked");
  });
}

TEST_CASE("LK04 lock: dropping the last handle of a held one neither crashes nor hangs") {
  in_every_place([](place& here) {
    const auto waiter = here.spawn_apart<locker<lock>>();
    pending<got> waits;
    {
      const locking holder{here, here.make<lock>()};
      holder.take_it();
      waits = begin(here.system(), waiter.ask(told<&take<lock>>(holder.door, limit{})));
      all_wait(holder.door, 1);
      here.end(holder.door.coordinator(), death::stop);
    }
    CHECK(finish(waits).error().text ==
          "the actor is gone: " + to_string(reason_of(here, death::stop)));
  });
}

TEST_CASE("LK05 lock: uncontended acquire then release works") {
  with_each_lock([](place& here, const auto& door) {
    const locking one{here, door};
    for (int i = 0; i < 3; ++i) {
      CHECK(one.take_it().held);
      CHECK_FALSE(is_free(door));
      CHECK(one.give_it_back().empty());
      CHECK(is_free(door));
    }
  });
}

TEST_CASE("LK06 lock: a non-blocking acquire of a free one holds it") {
  with_each_lock([](place& here, const auto& door) {
    CHECK(locking{here, door}.try_it());
    CHECK_FALSE(is_free(door));
  });
}

TEST_CASE(
    "LK07 lock: a non-blocking acquire of one that somebody else holds gives nothing, at once") {
  with_each_lock([](place& here, const auto& door) {
    const locking holder{here, door};
    holder.take_it();
    CHECK_FALSE(locking{here, door}.try_it());
    CHECK_FALSE(door.try_acquire().get());
    CHECK(door.waiting().get() == 0);
  });
}

TEST_CASE("LK08 lock: five waiters stay blocked for as long as the holder keeps it") {
  with_each_lock([](place& here, const auto& door) {
    const locking holder{here, door};
    holder.take_it();
    std::vector<locking<std::decay_t<decltype(door)>>> five;
    std::vector<pending<got>> waits;
    for (std::size_t i = 0; i < 5; ++i) {
      waits.push_back(five.emplace_back(here, door).begin_take());
      all_wait(door, i + 1);
    }
    CHECK_FALSE(is_free(door));
    for (auto& wait : waits) CHECK_FALSE(is_over(wait));
    CHECK(door.waiting().get() == 5);
  });
}

TEST_CASE("LK09 lock: after one release all five get it in turn, first come first served") {
  with_each_lock([](place& here, const auto& door) {
    const locking holder{here, door};
    got last = holder.take_it();
    std::vector<locking<std::decay_t<decltype(door)>>> five;
    std::vector<pending<got>> waits;
    for (std::size_t i = 0; i < 5; ++i) {
      waits.push_back(five.emplace_back(here, door).begin_take());
      all_wait(door, i + 1);
    }
    CHECK(holder.give_it_back().empty());
    for (std::size_t i = 0; i < 5; ++i) {
      const got mine = finish_well(waits[i]);
      CHECK(mine.held);
      CHECK(mine.fence > last.fence);
      CHECK(door.waiting().get() == 4 - i);
      CHECK(five[i].give_it_back().empty());
      last = mine;
    }
    CHECK(is_free(door));
  });
}

TEST_CASE("LK10 lock: the scoped form releases on normal exit") {
  with_each_lock([](place& here, const auto& door) {
    CHECK(locking{here, door}.visit_it(false).empty());
    eventually([&] { return is_free(door); });
    CHECK(locking{here, door}.take_it(10s).held);
  });
}

TEST_CASE("LK11 lock: the scoped form releases when the body throws, and the exception gets out") {
  with_each_lock([](place& here, const auto& door) {
    CHECK(locking{here, door}.visit_it(true) == "from within");
    const got next = locking{here, door}.take_it(10s);
    CHECK(next.held);
    CHECK_FALSE(next.abandoned);
  });
}

TEST_CASE("LK12 lock: use from many foreign threads leaves no record of them behind") {
  with_each_lock([](place& here, const auto& door) {
    const std::uint64_t before = here.system().live_actors();
    std::vector<std::thread> threads;
    for (int i = 0; i < 15; ++i) {
      threads.emplace_back([door] {
        lock_guard held = door.acquire().get();
        held.release().get();
      });
    }
    for (auto& t : threads) t.join();
    const holdings_report left = door.holdings().get();
    CHECK(left.held.empty());
    CHECK(left.wanted.empty());
    eventually([&] { return here.system().live_actors() <= before; });
  });
}

TEST_CASE("LK13 lock: asking for non-blocking and a timeout together does not even compile") {
  static_assert(!tries_with_timeout<lock> && !tries_with_timeout<rlock>);
}

TEST_CASE("LK14 lock: a negative timeout is an argument error") {
  with_each_lock([](place&, const auto& door) {
    CHECK_THROWS_AS((void)door.acquire(-1ns), std::invalid_argument);
    CHECK_THROWS_AS((void)door.acquire(-1h), std::invalid_argument);
  });
}

TEST_CASE("LK15 lock: a timeout above the maximum is refused; the maximum itself is accepted") {
  with_each_lock([](place&, const auto& door) {
    CHECK_THROWS_AS((void)door.acquire(std::chrono::hours::max()), std::invalid_argument);
    const std::chrono::duration<double> too_long{1e10};
    CHECK_THROWS_AS((void)door.acquire(too_long), std::invalid_argument);
    CHECK(door.acquire(std::chrono::nanoseconds::max()).get());
  });
}

TEST_CASE("LK16 lock: a timed acquire of a free one does not use up the timeout") {
  with_each_lock(
      [](place& here, const auto& door) { CHECK(locking{here, door}.take_it(24h).held); });
}

TEST_CASE("LK17 lock: a timed acquire of a held one gives nothing after about the timeout") {
  with_each_lock([](place& here, const auto& door) {
    const locking holder{here, door};
    holder.take_it();
    takes_about(50ms, [&] { CHECK_FALSE(door.acquire(50ms).get()); });
    CHECK_FALSE(locking{here, door}.take_it(1ms).held);
    CHECK(door.waiting().get() == 0);
  });
}

}  // namespace lock_rows

namespace troupe::conformance::locks {
inline task<lock> own_lock(lock& mine) { co_return mine = lock::spawn_owned(); }
}  // namespace troupe::conformance::locks

namespace lock_rows {

TEST_CASE("LK18 lock: one goes away with its owner; a handle sees it live, then gone") {
  in_every_place([](place& here) {
    const auto owner = here.spawn_apart<doer<lock, &own_lock>>();
    const lock door = owner.ask(told<&own_lock>()).get();
    CHECK(is_free(door));
    here.end(owner, death::stop);
    CHECK_THROWS_AS((void)door.locked().get(), actor_down);
  });
}

TEST_CASE("LO01 lock: a second acquire by the same owner waits until somebody releases") {
  in_every_place([](place& here) {
    const locking one{here, here.make<lock>()};
    one.take_it();
    auto again = one.begin_take();
    all_wait(one.door, 1);
    CHECK_FALSE(is_over(again));
    one.door.release().get();
    CHECK(finish_well(again).held);
  });
}

TEST_CASE("LO02 lock: another than the one who acquired it may release it") {
  in_every_place([](place& here) {
    const locking holder{here, here.make<lock>()};
    const locking other{here, holder.door};
    holder.take_it();
    CHECK(other.release_it().empty());
    CHECK(is_free(holder.door));
    CHECK(other.take_it().held);
    CHECK_FALSE(holder.give_it_back().empty());  // its guard holds nothing any more
    CHECK_FALSE(is_free(holder.door));
  });
}

TEST_CASE("LO03 lock: a timed-out acquire leaves it sound") {
  in_every_place([](place& here) {
    const locking holder{here, here.make<lock>()};
    const locking late{here, holder.door};
    holder.take_it();
    CHECK_FALSE(late.take_it(1ms).held);
    CHECK(holder.give_it_back().empty());
    eventually([&] { return is_free(holder.door); });  // it may go by the one who has left
    CHECK(late.try_it());
  });
}

TEST_CASE(
    "LO04 lock: acquire, no second one without waiting, release; a second release is an error") {
  in_every_place([](place& here) {
    const locking one{here, here.make<lock>()};
    CHECK(one.take_it().held);
    CHECK_FALSE(one.try_it());
    CHECK(one.release_it().empty());
    CHECK(one.release_it() == "lock::release: nobody holds it");
    CHECK_THROWS_AS(one.door.release().get(), misuse_error);
  });
}

TEST_CASE("LO05 lock: taken by a child that exits normally, the parent can release it, once") {
  in_every_place([](place& here) {
    const locking child{here, here.make<lock>()};
    CHECK(child.take_it().held);
    here.end(child.who, death::stop);
    eventually([&] { return child.door.describe().get() == "lock: unlocked, abandoned"; });
    child.door.release().get();
    CHECK(child.door.describe().get() == "lock: unlocked");
    CHECK_THROWS_AS(child.door.release().get(), misuse_error);
    CHECK_FALSE(child.door.acquire().get().abandoned());
  });
}

}  // namespace lock_rows
