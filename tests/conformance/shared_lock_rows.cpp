// SPDX-License-Identifier: BSD-3-Clause
// The locks that shared values and arrays carry.
#include <string>
#include <troupe/array.hpp>
#include <troupe/value.hpp>

#include "locker.hpp"

namespace shared_lock_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::locks;
using namespace std::chrono_literals;

struct point {
  int x = 0;
  int y = 0;
  bool operator==(const point&) const = default;
};

value<point> point_with(actor_system& system, bool locked, std::optional<rlock> given) {
  return value<point>::spawn(system, {1, 1}, {.locked = locked, .lock = given});
}
array<int> array_with(actor_system& system, bool locked, std::optional<rlock> given) {
  return array<int>::spawn(system, 2, {.locked = locked, .lock = given});
}

task<rlock> lock_of_point(value<point> v) { co_return co_await v.get_lock(); }
task<rlock> lock_of_array(array<int> a) { co_return co_await a.get_lock(); }
/// Two steps that belong together, of which it does one.
task<bool> change_half(pocket& mine, value<point> v) {
  const rlock door = co_await v.get_lock();
  mine.guards.push_back(co_await door.acquire());
  point p = co_await v.get();
  p.x = 2;
  co_await v.set(p);
  co_return true;
}
using child_class = doer<pocket, &lock_of_point, &lock_of_array, &change_half>;

template <auto Make, auto Ask>
void follows_the_three_rules(place& here) {
  const auto child = here.spawn_apart<child_class>();
  const auto own = here.make<Make>(true, std::optional<rlock>{});
  const rlock door = own.get_lock().get();
  CHECK(door);
  CHECK(own.get_lock().get() == door);
  CHECK(child.ask(told<Ask>(own)).get() == door);
  const auto another = here.make<Make>(true, std::optional<rlock>{});
  CHECK(another.get_lock().get() != door);

  const rlock given = here.make<rlock>();
  const auto with_given = here.make<Make>(true, std::optional(given));
  CHECK(child.ask(told<Ask>(with_given)).get() == given);
  const locking<rlock> holder{here, given};
  CHECK(holder.try_it());
  CHECK_FALSE(with_given.get_lock().get().try_acquire().get());

  const auto without = here.make<Make>(false, std::optional<rlock>{});
  CHECK_THROWS_WITH_AS((void)without.get_lock().get(),
                       "get_lock: it carries no lock, since shared_options.locked is false",
                       misuse_error);
}

/// What is no lock has no place there, and a handle that refers to none is refused by name.
template <class Given>
concept taken_for_a_lock = requires(Given given) { shared_options{.locked = true, .lock = given}; };
template <auto Make>
void refuses_what_is_no_lock(actor_system& system) {
  static_assert(taken_for_a_lock<rlock>);
  static_assert(!taken_for_a_lock<event> && !taken_for_a_lock<int> && !taken_for_a_lock<bool>);
  CHECK_THROWS_WITH_AS((void)Make(system, true, rlock{}), "shared_options.lock refers to no lock",
                       std::invalid_argument);
}

TEST_CASE(
    "VA02 value: it carries its own lock, or the one that is given, or none if asked for none") {
  in_every_place(follows_the_three_rules<&point_with, &lock_of_point>);
}

TEST_CASE("VA03 value: giving something that is not a lock is an error") {
  in_every_place([](place& here) {
    refuses_what_is_no_lock<&point_with>(here.system());
    refuses_what_is_no_lock<&array_with>(here.system());
    CHECK_THROWS_AS(point_with(here.system(), false, rlock::spawn(here.system())),
                    std::invalid_argument);
  });
}

TEST_CASE("VA07 array: its lock follows the same three rules") {
  in_every_place(follows_the_three_rules<&array_with, &lock_of_array>);
}

TEST_CASE(
    "K05 value: who dies inside its lock leaves it to the next, who is told, and can repair it") {
  at_every_death([](place& here, death how) {
    const auto v = here.make<&point_with>(true, std::optional<rlock>{});
    const auto dying = here.spawn_apart<child_class>();
    CHECK(dying.ask(told<&change_half>(v)).get());
    const locking<rlock> next{here, v.get_lock().get()};
    auto waits = next.begin_take();
    eventually([&] { return next.door.waiting().get() == 1; });
    here.end(dying, how);
    const locks::got mine = finish_well(waits);
    CHECK(mine.held);
    CHECK(mine.abandoned);
    CHECK(v.get().get() == point{2, 1});  // half of what belongs together, each half whole
    v.set({2, 2}).get();
    CHECK(next.give_it_back().empty());
    CHECK(v.get().get() == point{2, 2});
  });
}

}  // namespace shared_lock_rows
