// SPDX-License-Identifier: BSD-3-Clause
#include "place.hpp"

namespace place_test {

using namespace troupe;
using namespace troupe::conformance;

task<int> add(int& sum, int more) { co_return sum += more; }
task<bool> raise_flag(event flag) {
  co_await flag.set();
  co_return co_await flag.is_set();
}
using child_ref = doer_ref<&add, &raise_flag>;
using child = doer<int, &add, &raise_flag>;

TEST_CASE("place: a doer does what a function says, with what it kept from before") {
  in_every_place([](place& here) {
    const child_ref who = here.spawn_apart<child>();
    CHECK(who.ask(told<&add>(2)).get() == 2);
    CHECK(who.ask(told<&add>(3)).get() == 5);
    const event flag = here.make<event>();
    CHECK(who.ask(told<&raise_flag>(flag)).get());
    CHECK(flag.is_set().get());
  });
}

TEST_CASE("place: a doer dies in each way, and it is told how") {
  at_every_death([](place& here, death how) {
    const child_ref who = here.spawn_apart<child>();
    const exit_reason why = here.end(who, how);
    if (how == death::exception) {
      CHECK(why.text == "std::runtime_error: told to fail");
    } else {
      CHECK(alike(why, reason_of(here, how)));
    }
  });
}

}  // namespace place_test
