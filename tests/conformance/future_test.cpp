// SPDX-License-Identifier: BSD-3-Clause
// Futures in each place, and what becomes of them when those who wait, and those who should bring, die.
#include <string>
#include <troupe/pledge.hpp>

#include "place.hpp"

namespace future_conformance {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

pledge<std::string> a_pledge(actor_system& system) { return pledge<std::string>::spawn(system); }

task<bool> keep(pledge<std::string> p, std::string value) {
  co_return co_await p.set_value(std::move(value));
}
task<bool> fail_to_keep(pledge<std::string> p) {
  co_return co_await p.set_exception(std::runtime_error("no luck"));
}
task<std::string> await_it(future<std::string> f) { co_return co_await f.wait(); }
using other_class = doer<nothing_kept, &keep, &fail_to_keep, &await_it>;

TEST_CASE("future: a value goes from one process to all who wait in others") {
  in_every_place([](place& here) {
    const auto p = here.make<&a_pledge>();
    const auto other = here.spawn_apart<other_class>();
    auto theirs = begin(here.system(), other.ask(told<&await_it>(p.get_future())));
    auto ours = begin(here.system(), p.get_future().wait());
    eventually([&] { return p.get_future().waiting().get() == 2; });
    CHECK(here.spawn_apart<other_class>().ask(told<&keep>(p, std::string("come"))).get());
    CHECK(finish_well(theirs) == "come");
    CHECK(finish_well(ours) == "come");
  });
}

TEST_CASE("future: an exception that was set in one process comes to another with type and text") {
  in_every_place([](place& here) {
    const auto p = here.make<&a_pledge>();
    CHECK(here.spawn_apart<other_class>().ask(told<&fail_to_keep>(p)).get());
    auto ours = begin(here.system(), p.get_future().wait());
    const failure why = finish(ours).error();
    CHECK(why.code == errc::handler_failed);
    CHECK(why.text == "std::runtime_error: no luck");
  });
}

TEST_CASE("pledge: its holder dies: it is broken, for all who wait, and names the dead") {
  at_every_death([](place& here, death how) {
    const auto p = here.make<&a_pledge>();
    const auto dying = here.spawn_apart<other_class>();
    p.held_by(dying).get();
    auto ours = begin(here.system(), p.get_future().wait());
    eventually([&] { return p.get_future().waiting().get() == 1; });
    const exit_reason reason = here.end(dying, how);
    const failure why = finish(ours).error();
    INFO(why.text);
    CHECK(why.code == errc::broken_promise);
    CHECK(why.text.find(to_string(dying)) != std::string::npos);
    CHECK(why.text.find(to_string(reason)) != std::string::npos);
    CHECK_FALSE(here.spawn_apart<other_class>().ask(told<&keep>(p, std::string("late"))).get());
  });
}

TEST_CASE("future: one that waits dies and is forgotten; the others get what comes") {
  at_every_death([](place& here, death how) {
    const auto p = here.make<&a_pledge>();
    const auto dying = here.spawn_apart<other_class>();
    auto never = begin(here.system(), dying.ask(told<&await_it>(p.get_future())));
    auto ours = begin(here.system(), p.get_future().wait());
    eventually([&] { return p.get_future().waiting().get() == 2; });
    here.end(dying, how);
    eventually([&] { return p.get_future().waiting().get() == 1; });
    CHECK(finish(never).error().code == errc::actor_down);
    CHECK(p.set_value("come").get());
    CHECK(finish_well(ours) == "come");
  });
}

TEST_CASE("future: its own end is told to every waiter and to every later caller") {
  in_every_place([](place& here) {
    for (const death how : ends_of_coordinators(here)) {
      const auto p = here.make<&a_pledge>();
      auto ours = begin(here.system(), p.get_future().wait());
      eventually([&] { return p.get_future().waiting().get() == 1; });
      CHECK(alike(here.end(p.coordinator(), how), reason_of(here, how)));
      says_gone(finish(ours).error(), reason_of(here, how));
      auto late = begin(here.system(), p.get_future().wait());
      says_gone_late(finish(late).error(), here, how);
    }
  });
}

}  // namespace future_conformance
