// SPDX-License-Identifier: BSD-3-Clause
// Latches in each place, and what becomes of them when those who wait, and those who are to count, die.
#include <string>
#include <troupe/latch.hpp>

#include "place.hpp"

namespace latch_conformance {

using namespace troupe;
using namespace troupe::conformance;

task<bool> count(latch work, std::ptrdiff_t n) {
  co_await work.count_down(n);
  co_return true;
}
task<bool> arrive(latch work) { co_return co_await work.arrive_and_wait(); }
using party_class = doer<nothing_kept, &count, &arrive>;

TEST_CASE("latch: those who count and those who wait may live in different processes") {
  in_every_place([](place& here) {
    const auto work = here.make<latch>(std::ptrdiff_t{4});
    const auto one = here.spawn_apart<party_class>();
    const auto other = here.spawn_apart<party_class>();
    auto theirs = begin(here.system(), one.ask(told<&arrive>(work)));
    auto ours = begin(here.system(), work.wait());
    eventually([&] { return work.waiting().get() == 2; });
    CHECK(other.ask(told<&count>(work, std::ptrdiff_t{3})).get());
    CHECK(finish_well(theirs));
    CHECK(finish_well(ours));
  });
}

TEST_CASE("latch: an enrolled party dies: it is broken, for all who wait, and names the dead") {
  at_every_death([](place& here, death how) {
    const auto work = here.make<latch>(std::ptrdiff_t{3});
    const auto dying = here.spawn_apart<party_class>();
    work.enroll(dying, 2).get();
    CHECK(dying.ask(told<&count>(work, std::ptrdiff_t{1})).get());
    auto ours = begin(here.system(), work.wait());
    eventually([&] { return work.waiting().get() == 1; });
    const exit_reason reason = here.end(dying, how);
    const failure why = finish(ours).error();
    INFO(why.text);
    CHECK(why.code == errc::broken);
    CHECK(why.text.find(to_string(dying)) != std::string::npos);
    CHECK(why.text.find(to_string(reason)) != std::string::npos);
    CHECK(work.broken().get());
  });
}

TEST_CASE("latch: one that waits dies and is forgotten; the others are let go") {
  at_every_death([](place& here, death how) {
    const auto work = here.make<latch>(std::ptrdiff_t{2});
    const auto dying = here.spawn_apart<party_class>();
    work.enroll(dying).get();
    auto never = begin(here.system(), dying.ask(told<&arrive>(work)));
    auto ours = begin(here.system(), work.wait());
    eventually([&] { return work.waiting().get() == 2; });
    here.end(dying, how);
    eventually([&] { return work.waiting().get() == 1; });
    CHECK(finish(never).error().code == errc::actor_down);
    work.count_down().get();
    CHECK(finish_well(ours));
  });
}

}  // namespace latch_conformance
