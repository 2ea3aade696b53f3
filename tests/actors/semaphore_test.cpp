// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <eventually.hpp>
#include <troupe/actor_system.hpp>
#include <troupe/bounded_semaphore.hpp>
#include <troupe/semaphore.hpp>

namespace semaphore_test {

using namespace troupe;
using namespace std::chrono_literals;

/// Takes so many, says so, and ends.
behavior taker(mailbox<>, semaphore from, std::size_t n, std::atomic<std::size_t>& taken) {
  const permits some = co_await from.acquire(n);
  taken += some.amount();
}

TEST_CASE("semaphore: bad arguments are refused before anything is sent, and named") {
  actor_system system({.workers = 2});
  const semaphore places = semaphore::spawn(system);
  CHECK_THROWS_WITH_AS((void)places.acquire(0), "semaphore::acquire: no permits",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)places.release(0), "semaphore::release: no permits",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)places.acquire(-1ms), "semaphore::acquire: timeout is negative",
                       std::invalid_argument);
  CHECK_THROWS_AS(semaphore::spawn_owned(), misuse_error);
  CHECK_THROWS_AS((void)semaphore{}.value().get(), actor_down);
}

TEST_CASE("semaphore: who wants many is not overtaken by those who want few") {
  actor_system system({.workers = 2});
  const semaphore places = semaphore::spawn(system, 2);
  permits held = places.acquire().get();
  std::atomic<std::size_t> taken = 0;
  const auto wants_two = system.spawn<&taker>(places, std::size_t{2}, std::ref(taken));
  eventually([&] { return places.waiting().get() == 1; });
  CHECK_FALSE(places.try_acquire().get());  // there is one, but it is not for us
  SUBCASE("it gets them once they are there") {
    held.release().get();
    eventually([&] { return taken == 2; });
  }
  SUBCASE("if it goes, those behind it do not wait for what is there") {
    (void)system.spawn<&taker>(places, std::size_t{1}, std::ref(taken));
    eventually([&] { return places.waiting().get() == 2; });
    wants_two.kill();
    eventually([&] { return taken == 1; });
  }
  eventually([&] { return places.waiting().get() == 0; });
}

TEST_CASE("semaphore: permits that are kept do not come back; a release makes others") {
  actor_system system({.workers = 2});
  const semaphore events = semaphore::spawn(system, 0);
  events.release().get();
  {
    permits one = events.acquire().get();
    one.keep().get();
    CHECK_FALSE(one);
    CHECK(one.amount() == 0);
  }
  CHECK(events.value().get() == 0);
  CHECK(events.holdings().get().held.empty());
}

TEST_CASE("semaphore: releasing a part of what one holds leaves the rest to the guard") {
  actor_system system({.workers = 2});
  const semaphore places = semaphore::spawn(system, 3);
  {
    const permits all = places.acquire(3).get();
    places.release(1).get();
    CHECK(places.value().get() == 1);
    const auto held = places.holdings().get().held;
    REQUIRE(held.size() == 1);
    CHECK(held[0].amount == 2);
    CHECK(held[0].by_thread);
  }
  CHECK(places.value().get() == 3);
}

TEST_CASE("bounded_semaphore: more than it ever has is refused at once, not waited for") {
  actor_system system({.workers = 2});
  const auto places = bounded_semaphore::spawn(system, 2);
  CHECK_THROWS_WITH_AS((void)places.acquire(3).get(),
                       "bounded_semaphore::acquire: 3 of 2 can never be had", misuse_error);
}

}  // namespace semaphore_test
