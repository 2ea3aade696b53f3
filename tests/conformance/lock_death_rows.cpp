// SPDX-License-Identifier: BSD-3-Clause
// Those who hold a lock, or wait for one, and die, each by each cause: nobody waits for them.
#include <troupe/rwlock.hpp>

#include "locker.hpp"

namespace lock_death_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::locks;
using namespace std::chrono_literals;

}  // namespace lock_death_rows

namespace troupe::conformance::locks {
/// Asks again and again, and is gone before the answer may be there. \return how often it was not
inline task<int> ask_hastily(lock door, int times) {
  int late = 0;
  for (int i = 0; i < times; ++i) {
    const auto patience = std::chrono::microseconds{10 + i % 100};
    auto asked = door.coordinator().ask(messages::lock_acquire{}, patience).result();
    const auto held = co_await asked;
    late += held.has_error();
  }
  co_return late;
}
inline task<bool> take_shared(pocket& mine, rwlock door) {
  mine.guards.push_back(co_await door.acquire_shared());
  co_return static_cast<bool>(mine.guards.back());
}
}  // namespace troupe::conformance::locks

namespace lock_death_rows {

namespace {

/// The next in line gets it and is told; the one after that is not.
template <class Lock>
void holder_dies(place& here, death how, int levels) {
  const locking dying{here, here.make<Lock>()};
  const locking next{here, dying.door};
  const locking last{here, dying.door};
  got before;
  for (int i = 0; i < levels; ++i) before = dying.take_it();
  auto waits = next.begin_take();
  eventually([&] { return dying.door.waiting().get() == 1; });
  auto waits_longer = last.begin_take(60s);
  eventually([&] { return dying.door.waiting().get() == 2; });
  here.end(dying.who, how);
  const got mine = finish_well(waits);
  CHECK(mine.held);
  CHECK(mine.abandoned);
  CHECK(mine.fence > before.fence);
  CHECK(next.give_it_back().empty());
  const got after = finish_well(waits_longer);
  CHECK(after.held);
  CHECK_FALSE(after.abandoned);
}

/// Nobody waits: it lies abandoned, and who comes first is told.
template <class Lock>
void lies_abandoned(place& here, death how, int levels) {
  const locking dying{here, here.make<Lock>()};
  const locking next{here, dying.door};
  for (int i = 0; i < levels; ++i) dying.take_it();
  here.end(dying.who, how);
  const got mine = next.take_it(60s);
  CHECK(mine.held);
  CHECK(mine.abandoned);
  CHECK(next.give_it_back().empty());
  CHECK_FALSE(next.take_it().abandoned);
}

}  // namespace

TEST_CASE("K01 lock: its holder dies; the next acquirer gets it, told that the holder died") {
  at_every_death([](place& here, death how) {
    holder_dies<lock>(here, how, 1);
    lies_abandoned<lock>(here, how, 1);
  });
}

TEST_CASE("K02 rlock: its holder dies at two levels; all are freed, and the next is told") {
  at_every_death([](place& here, death how) {
    holder_dies<rlock>(here, how, 2);
    lies_abandoned<rlock>(here, how, 2);
  });
}

TEST_CASE("K01 rwlock: a writer dies; the next acquirer gets it, told that the writer died") {
  at_every_death([](place& here, death how) {
    holder_dies<rwlock>(here, how, 1);
    lies_abandoned<rwlock>(here, how, 1);
  });
}

TEST_CASE("K01 rwlock: a reader dies; a writer goes in, and is not told anything") {
  at_every_death([](place& here, death how) {
    const locking next{here, here.make<rwlock>()};
    const auto dying = here.spawn_apart<doer<pocket, &take_shared>>();
    CHECK(dying.ask(told<&take_shared>(next.door)).get());
    auto waits = next.begin_take();
    eventually([&] { return next.door.waiting().get() == 1; });
    here.end(dying, how);
    const got mine = finish_well(waits);
    CHECK(mine.held);
    CHECK_FALSE(mine.abandoned);
    CHECK(next.give_it_back().empty());
  });
}

TEST_CASE("K17 lock: served by a process of its own, it notices the death of its holder as well") {
  at_every_death([](place& here, death how) { holder_dies<lock>(here, how, 1); });
}

TEST_CASE("K01 lock: a waiter dies; the others do not notice") {
  at_every_death([](place& here, death how) {
    const locking holder{here, here.make<lock>()};
    const locking dying{here, holder.door};
    const locking next{here, holder.door};
    holder.take_it();
    auto never = dying.begin_take();
    eventually([&] { return holder.door.waiting().get() == 1; });
    auto waits = next.begin_take();
    eventually([&] { return holder.door.waiting().get() == 2; });
    here.end(dying.who, how);
    eventually([&] { return holder.door.waiting().get() == 1; });
    CHECK(finish(never).error().code == errc::actor_down);
    CHECK(holder.give_it_back().empty());
    const got mine = finish_well(waits);
    CHECK(mine.held);
    CHECK_FALSE(mine.abandoned);
  });
}

TEST_CASE("K20 lock: its end gives an error to every waiter and to every later caller") {
  in_every_place([](place& here) {
    for (const death how : ends_of_coordinators(here)) {
      const locking holder{here, here.make<lock>()};
      const locking waiter{here, holder.door};
      holder.take_it();
      auto waits = waiter.begin_take();
      eventually([&] { return holder.door.waiting().get() == 1; });
      CHECK(alike(here.end(holder.door.coordinator(), how), reason_of(here, how)));
      // It was the ask of a handler that did not catch it.
      CHECK(finish(waits).error().text.starts_with("the actor is gone: " +
                                                   to_string(reason_of(here, how))));
      auto late = begin(here.system(), holder.door.acquire());
      says_gone_late(finish(late).error(), here, how);
      CHECK_THROWS_AS((void)holder.door.locked().get(), actor_down);
    }
  });
}

TEST_CASE("K01 lock: a grant that comes too late for its asker goes back, wherever the two live") {
  in_every_place([](place& here) {
    const auto hasty = here.spawn_apart<doer<nothing_kept, &ask_hastily>>();
    const locking next{here, here.make<lock>()};
    auto hurrying = begin(here.system(), hasty.ask(told<&ask_hastily>(next.door, 1000)));
    const int late = finish_well(hurrying);
    if (here.coordinators_apart()) CHECK(late > 0);
    CHECK(next.take_it(10s).held);
  });
}

}  // namespace lock_death_rows
