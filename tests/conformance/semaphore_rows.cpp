// SPDX-License-Identifier: BSD-3-Clause
#include <takes_about.hpp>
#include <thread>
#include <utility>

#include "grabber.hpp"

namespace semaphore_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::semaphores;
using namespace std::chrono_literals;

namespace {

template <class Semaphore>
using kind = std::decay_t<Semaphore>;

/// So many who ask, each once the one before has come to the semaphore.
template <class Semaphore>
struct crowd {
  std::vector<grabbing<Semaphore>> who;
  std::vector<pending<grabbed>> asks;

  crowd(place& here, const Semaphore& of, std::size_t n, std::size_t free) {
    for (std::size_t i = 0; i < n; ++i) {
      asks.push_back(who.emplace_back(here, of).begin_grab());
      eventually([&] {
        return i < free ? std::cmp_equal(of.value().get(), free - i - 1)
                        : of.waiting().get() == i + 1 - free;
      });
    }
  }
  std::size_t passed() {
    std::size_t n = 0;
    for (const auto& ask : asks) n += !ask.valid() || is_over(ask);
    return n;
  }
};

template <class Semaphore>
constexpr bool tries_with_timeout = requires(const Semaphore& s) { s.try_acquire(1, 1s); };

}  // namespace

TEST_CASE("SE01 semaphore: a negative initial value is an argument error") {
  actor_system system({.workers = 2});
  CHECK_THROWS_WITH_AS(semaphore::spawn(system, -1), "semaphore: the value -1 is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(bounded_semaphore::spawn(system, -2),
                       "bounded_semaphore: the value -2 is negative", std::invalid_argument);
}

TEST_CASE("SE02 semaphore: one of n can be acquired n times and released n times") {
  with_each_semaphore(3, [](place& here, const auto& of) {
    const grabbing one{here, of};
    for (int i = 0; i < 3; ++i) CHECK(one.grab_it().amount == 1);
    CHECK_FALSE(one.try_it());
    for (int i = 0; i < 3; ++i) CHECK(one.give_it_back().empty());
    CHECK(of.value().get() == 3);
  });
}

TEST_CASE("SE03 semaphore: dropping one with permits out is safe") {
  with_each_semaphore(2, [](place& here, const auto& of) {
    const grabbing one{here, of};
    one.grab_it();
    here.end(of.coordinator(), death::stop);
    CHECK(one.give_it_back().find("the actor is gone") == 0);
  });
}

TEST_CASE("SE04 semaphore: with k permits exactly k contenders pass; the rest wait") {
  with_each_semaphore(3, [](place& here, const auto& of) {
    crowd all(here, of, 5, 3);
    eventually([&] { return all.passed() == 3; });
    CHECK(of.waiting().get() == 2);
    CHECK(of.value().get() == 0);
  });
}

TEST_CASE("SE05 semaphore: each release lets exactly one waiter through, first come first served") {
  with_each_semaphore(1, [](place& here, const auto& of) {
    crowd all(here, of, 4, 1);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(finish_well(all.asks[i]).amount == 1);
      CHECK(of.waiting().get() == 3 - i);
      CHECK(all.who[i].give_it_back().empty());
    }
    CHECK(of.value().get() == 1);
  });
}

TEST_CASE("SE06 semaphore: release(n) lets exactly n waiters through") {
  in_every_place([](place& here) {
    const auto of = here.make<semaphore>(std::ptrdiff_t{0});
    crowd all(here, of, 5, 0);
    of.release(2).get();
    eventually([&] { return all.passed() == 2; });
    CHECK(of.waiting().get() == 3);
    of.release(3).get();
    eventually([&] { return all.passed() == 5; });
    CHECK(of.value().get() == 0);
  });
}

TEST_CASE("SE07 semaphore: a blocking acquire gives its permit") {
  with_each_semaphore(1, [](place& here, const auto& of) {
    const grabbing first{here, of};
    const grabbing second{here, of};
    CHECK(first.grab_it().amount == 1);
    auto waits = second.begin_grab();
    eventually([&] { return of.waiting().get() == 1; });
    CHECK(first.give_it_back().empty());
    CHECK(finish_well(waits).amount == 1);
  });
}

TEST_CASE("SE08 semaphore: a try fails once permits are out, and succeeds after a release") {
  with_each_semaphore(2, [](place& here, const auto& of) {
    const grabbing one{here, of};
    CHECK(one.try_it());
    CHECK(one.try_it());
    CHECK_FALSE(one.try_it());
    CHECK(one.give_it_back().empty());
    CHECK(one.try_it());
    CHECK_FALSE(of.try_acquire().get());
  });
}

TEST_CASE("SE09 semaphore: of ten tries at once for three permits exactly three succeed") {
  with_each_semaphore(3, [](place& here, const auto& of) {
    const grabbing one{here, of};
    std::vector<pending<grabbed>> tries;
    for (int i = 0; i < 10; ++i) tries.push_back(one.begin_grab(1, 0ns));
    std::size_t succeeded = 0;
    for (auto& t : tries) succeeded += finish_well(t).amount;
    CHECK(succeeded == 3);
  });
}

TEST_CASE("SE10 semaphore: asking for non-blocking and a timeout together does not even compile") {
  static_assert(!tries_with_timeout<semaphore> && !tries_with_timeout<bounded_semaphore>);
}

TEST_CASE("SE11 semaphore: a timed acquire gives a free permit, and none after about the timeout") {
  with_each_semaphore(1, [](place& here, const auto& of) {
    const grabbing one{here, of};
    CHECK(one.grab_it(1, 24h).amount == 1);
    takes_about(50ms, [&] { CHECK_FALSE(of.acquire(50ms).get()); });
    CHECK(one.grab_it(1, 1ms).amount == 0);
    CHECK(of.waiting().get() == 0);
  });
}

TEST_CASE("SE12 semaphore: a non-blocking acquire has no timeout that it could wait for") {
  with_each_semaphore(1, [](place& here, const auto& of) {
    const permits held = of.acquire().get();
    CHECK_FALSE(grabbing{here, of}.try_it());
    CHECK_FALSE(of.try_acquire().get());
    CHECK(of.waiting().get() == 0);
  });
}

TEST_CASE("SE13 semaphore: the initial value defaults to 1") {
  in_every_place([](place& here) {
    CHECK(here.make<semaphore>().value().get() == 1);
    CHECK(here.make<bounded_semaphore>().value().get() == 1);
  });
}

TEST_CASE("SE14 semaphore: scoped acquisition nests and returns the permits on normal exit") {
  with_each_semaphore(2, [](place& here, const auto& of) {
    CHECK(grabbing{here, of}.visit_it(false) == 0);
    eventually([&] { return of.value().get() == 2; });
  });
}

TEST_CASE("SE15 semaphore: scoped acquisition returns the permits when the body throws") {
  with_each_semaphore(2, [](place& here, const auto& of) {
    CHECK(grabbing{here, of}.visit_it(true) == -1);
    eventually([&] { return of.value().get() == 2; });
    CHECK_FALSE(grabbing{here, of}.grab_it(2).abandoned);
  });
}

TEST_CASE("SE16 semaphore: it may be released past its initial value, and the value grows") {
  in_every_place([](place& here) {
    const auto of = here.make<semaphore>(std::ptrdiff_t{1});
    const grabbing one{here, of};
    CHECK(one.release().empty());
    CHECK(of.value().get() == 2);
    CHECK(one.release(3).empty());
    CHECK(of.value().get() == 5);
    CHECK(one.grab_it(5).amount == 5);
  });
}

TEST_CASE("SE17 semaphore: the value can be read and follows each acquire and release") {
  with_each_semaphore(2, [](place& here, const auto& of) {
    const grabbing one{here, of};
    CHECK(of.value().get() == 2);
    one.grab_it();
    CHECK(of.value().get() == 1);
    one.grab_it();
    CHECK(of.value().get() == 0);
    CHECK(one.release().empty());
    CHECK(of.value().get() == 1);
    CHECK(one.release().empty());
    CHECK(of.value().get() == 2);
  });
}

TEST_CASE("SE18 semaphore: a bounded one refuses a release past its initial value") {
  in_every_place([](place& here) {
    const auto of = here.make<bounded_semaphore>(std::ptrdiff_t{2});
    const grabbing one{here, of};
    const std::string too_many = "bounded_semaphore::release: there would be more than 2";
    CHECK(one.release() == too_many);
    one.grab_it();
    CHECK(one.release().empty());
    CHECK(one.release() == too_many);
    one.grab_it();
    CHECK(one.release(2) == too_many);
    CHECK(of.value().get() == 1);
    CHECK_THROWS_AS(of.release(2).get(), misuse_error);
  });
}

TEST_CASE("SE19 semaphore: a bounded one describes itself as value/initial") {
  in_every_place([](place& here) {
    const auto of = here.make<bounded_semaphore>(std::ptrdiff_t{3});
    CHECK(of.describe().get() == "bounded_semaphore: 3/3");
    grabbing{here, of}.grab_it(2);
    CHECK(of.describe().get() == "bounded_semaphore: 1/3");
  });
}

TEST_CASE(
    "SE20 semaphore: for every bound n releases by others than who acquired are fine, no more") {
  for (int bound = 1; bound <= 9; ++bound) {
    actor_system system({.workers = 2});
    const auto of = bounded_semaphore::spawn(system, bound);
    const auto in_threads = [&](auto verb) {
      std::vector<std::thread> threads;
      for (int i = 0; i < bound; ++i) threads.emplace_back(verb);
      for (auto& t : threads) t.join();
    };
    in_threads([&] { of.acquire().get().keep().get(); });
    CHECK(of.value().get() == 0);
    in_threads([&] { of.release().get(); });
    CHECK(of.value().get() == static_cast<std::size_t>(bound));
    CHECK_THROWS_AS(of.release().get(), misuse_error);
  }
}

TEST_CASE("SE21 semaphore: a permit taken by a child that exits can be returned by the parent") {
  in_every_place([](place& here) {
    const auto of = here.make<semaphore>();
    const grabbing child{here, of};
    child.grab_it();
    here.end(child.who, death::stop);
    eventually([&] { return of.value().get() == 1; });
    of.release().get();
    CHECK(of.value().get() == 1);  // it was that one, not one more
    of.release().get();
    CHECK(of.value().get() == 2);
  });
}

TEST_CASE("SE22 semaphore: the same for a bounded one, without tripping its bound") {
  in_every_place([](place& here) {
    const auto of = here.make<bounded_semaphore>();
    const grabbing child{here, of};
    child.grab_it();
    here.end(child.who, death::stop);
    eventually([&] { return of.value().get() == 1; });
    of.release().get();
    CHECK(of.value().get() == 1);
    CHECK_THROWS_AS(of.release().get(), misuse_error);
  });
}

namespace {

/// What the dead held is back, and who waited for it is told, once.
template <class Semaphore>
void holders_die(place& here, death how, int holders) {
  const auto of = here.make<Semaphore>(std::ptrdiff_t{holders});
  std::vector<grabbing<Semaphore>> dying;
  for (int i = 0; i < holders; ++i) dying.emplace_back(here, of).grab_it();
  const grabbing next{here, of};
  auto waits = next.begin_grab(static_cast<std::size_t>(holders));
  eventually([&] { return of.waiting().get() == 1; });
  for (const auto& d : dying) here.end(d.who, how);
  const grabbed mine = finish_well(waits);
  CHECK(mine.amount == static_cast<std::size_t>(holders));
  CHECK(mine.abandoned);
  CHECK(next.give_it_back().empty());
  CHECK(of.value().get() == static_cast<std::size_t>(holders));
  CHECK_FALSE(next.grab_it().abandoned);
}

}  // namespace

TEST_CASE("K03 semaphore: both holders die; both permits are back") {
  at_every_death([](place& here, death how) { holders_die<semaphore>(here, how, 2); });
}

TEST_CASE("K04 semaphore: the holder of a bounded one dies; its permit is back, the bound intact") {
  at_every_death([](place& here, death how) {
    holders_die<bounded_semaphore>(here, how, 1);
    const auto of = here.make<bounded_semaphore>();
    const grabbing dying{here, of};
    dying.grab_it();
    here.end(dying.who, how);
    eventually([&] { return of.value().get() == 1; });
    CHECK(grabbing{here, of}.grab_it().abandoned);
    CHECK_THROWS_AS(of.release(2).get(), misuse_error);
  });
}

}  // namespace semaphore_rows
