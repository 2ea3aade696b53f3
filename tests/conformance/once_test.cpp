// SPDX-License-Identifier: BSD-3-Clause
// What is done once, in each place, and what becomes of it when the one that does it, or one that waits, dies.
#include <string>
#include <troupe/once.hpp>

#include "place.hpp"

namespace once_conformance {

using namespace troupe;
using namespace troupe::conformance;

once<std::string> a_once(actor_system& system) { return once<std::string>::spawn(system); }

task<std::string> bring(once<std::string> thing, event may_end, std::string what) {
  co_return co_await thing.call([&]() -> task<std::string> {
    co_await may_end.wait();
    co_return what;
  });
}
using party_class = doer<nothing_kept, &bring>;

/// The first comer is at work, the second waits.
struct scene {
  place& here;
  once<std::string> thing = here.make<&a_once>();
  event may_end = here.make<event>();
  doer_ref<&bring> first = here.spawn_apart<party_class>();
  doer_ref<&bring> second = here.spawn_apart<party_class>();
  pending<std::string> of_first = comes(first, "first");
  pending<std::string> of_second = comes_then(second, "second", 0);

  pending<std::string> comes(const doer_ref<&bring>& who, std::string what) const {
    return begin(here.system(), who.ask(told<&bring>(thing, may_end, std::move(what))));
  }
  /// Once so many wait besides the one that is at work.
  pending<std::string> comes_then(const doer_ref<&bring>& who, std::string what,
                                  std::size_t before) const {
    const std::string then = "once: at work, " + std::to_string(before) + " waiting";
    eventually([&] { return thing.describe().get() == then; });
    auto coming = comes(who, std::move(what));
    eventually([&] { return thing.waiting().get() == before + 1; });
    return coming;
  }
};

TEST_CASE(
    "once: what one process has brought comes to all who wait in others, and to who comes later") {
  in_every_place([](place& here) {
    scene s{here};
    s.may_end.set().get();
    CHECK(finish_well(s.of_first) == "first");
    CHECK(finish_well(s.of_second) == "first");
    auto late = s.comes(s.second, "late");
    CHECK(finish_well(late) == "first");
  });
}

TEST_CASE("once: the one that does it dies; the next in line does it") {
  at_every_death([](place& here, death how) {
    scene s{here};
    here.end(s.first, how);
    eventually([&] { return s.thing.waiting().get() == 0; });
    s.may_end.set().get();
    CHECK(finish(s.of_first).error().code == errc::actor_down);
    CHECK(finish_well(s.of_second) == "second");
  });
}

TEST_CASE("once: one that waits dies; the others do not notice") {
  at_every_death([](place& here, death how) {
    scene s{here};
    here.end(s.second, how);
    eventually([&] { return s.thing.waiting().get() == 0; });
    s.may_end.set().get();
    CHECK(finish(s.of_second).error().code == errc::actor_down);
    CHECK(finish_well(s.of_first) == "first");
  });
}

}  // namespace once_conformance
