// SPDX-License-Identifier: BSD-3-Clause
// Parties and coordinators that die, each by each cause: nobody waits for them.
#include "gathering.hpp"

namespace death_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

namespace {

/// The error names the dead: by class, by address, and why it ended. A process that is killed, or that nothing
/// is heard from, tells nobody what classes its actors had.
void names(const place& here, const failure& f, const party_ref& dead, const exit_reason& why) {
  INFO(f.text);
  CHECK(f.text.find(to_string(dead)) != std::string::npos);
  CHECK(f.text.find(to_string(f.reason)) != std::string::npos);
  // A watch and an end from two processes come by two ways: who watches may have come too late.
  if (here.coordinators_apart() && f.reason == late_reason_of(here, death::kill)) return;
  const bool untold = why.what == exit_reason::cause::process_ended ||
                      why.what == exit_reason::cause::connection_lost;
  CHECK(f.text.find(untold ? "actor" : "party") != std::string::npos);
  CHECK(alike(f.reason, why));
}

void passes_again(place& here, const barrier& gate, int parties) {
  gate.reset().get();
  CHECK_FALSE(gate.broken().get());
  gathering all(here, gate, parties);
  CHECK(all.pass().size() == static_cast<std::size_t>(parties));
}

}  // namespace

TEST_CASE("K08 event: a dead waiter is forgotten; set returns, and so does every wait") {
  at_every_death([](place& here, death how) {
    const event flag = here.spawn_event();
    const party_ref dying = here.spawn_party();
    const party_ref live = here.spawn_party();
    auto never = begin(here.system(), dying.ask(wait_for_event{flag}));
    auto kept = begin(here.system(), live.ask(wait_for_event{flag}));
    eventually([&] { return flag.waiting().get() == 2; });
    here.end(dying, how);
    eventually([&] { return flag.waiting().get() == 1; });
    CHECK(finish(never).error().code == errc::actor_down);
    flag.set().get();
    CHECK(passage_of(kept).value == 1);
    CHECK(flag.wait().get());
  });
}

TEST_CASE("K09 barrier: an enrolled party that dies before arriving breaks it and is named") {
  at_every_death([](place& here, death how) {
    const barrier gate = here.spawn_barrier(2);
    const party_ref dying = here.spawn_party();
    gathering live(here, gate, 1);
    gate.enroll(dying, live[0]).get();
    live.arrive();
    const exit_reason why = here.end(dying, how);
    names(here, live.all_broken("before it arrived"), dying, why);
    CHECK(gate.broken().get());
    passes_again(here, gate, 2);
  });
}

TEST_CASE("K09 barrier: also when nobody waits yet: who comes later is told") {
  at_every_death([](place& here, death how) {
    const barrier gate = here.spawn_barrier(2);
    const party_ref dying = here.spawn_party();
    gate.enroll(dying).get();
    const exit_reason why = here.end(dying, how);
    eventually([&] { return gate.broken().get(); });
    gathering late(here, gate, 2);
    late.start();
    names(here, late.all_broken("before it arrived"), dying, why);
    passes_again(here, gate, 2);
  });
}

TEST_CASE("K10 barrier: a party that dies while it waits breaks it at once for all; reset works") {
  at_every_death([](place& here, death how) {
    const barrier gate = here.spawn_barrier(3);
    const party_ref dying = here.spawn_party();
    auto never = begin(here.system(), dying.ask(wait_at_barrier{gate}));
    eventually([&] { return gate.n_waiting().get() == 1; });
    gathering first(here, gate, 1);
    first.start();
    eventually([&] { return gate.n_waiting().get() == 2; });
    const exit_reason why = here.end(dying, how);
    names(here, first.all_broken("while it waited"), dying, why);
    CHECK(finish(never).error().code == errc::actor_down);
    gathering second(here, gate, 1);
    second.start();
    names(here, second.all_broken("while it waited"), dying, why);
    passes_again(here, gate, 3);
  });
}

TEST_CASE("K18 barrier: a dead waiter is no ghost: it is not counted, now or after reset") {
  at_every_death([](place& here, death how) {
    const barrier gate = here.spawn_barrier(2);
    const party_ref dying = here.spawn_party();
    auto never = begin(here.system(), dying.ask(wait_at_barrier{gate}));
    eventually([&] { return gate.n_waiting().get() == 1; });
    const exit_reason why = here.end(dying, how);
    eventually([&] { return gate.n_waiting().get() == 0; });
    gathering lone(here, gate, 1);
    lone.start();
    names(here, lone.all_broken("while it waited"), dying, why);
    gate.reset().get();
    gathering first(here, gate, 1);
    first.arrive();
    CHECK_FALSE(is_over(first.wait(0)));
    gathering second(here, gate, 1);
    CHECK(second.pass() == std::vector<int>{1});
  });
}

TEST_CASE("K20 event: its end gives an error to every waiter and to every later caller") {
  in_every_place([](place& here) {
    for (const death how : ends_of_coordinators(here)) {
      const event flag = here.spawn_event();
      std::vector<pending<passage>> waits;
      for (int i = 0; i < 3; ++i) {
        waits.push_back(begin(here.system(), here.spawn_party().ask(wait_for_event{flag})));
      }
      eventually([&] { return flag.waiting().get() == 3; });
      CHECK(alike(here.end(flag.coordinator(), how), reason_of(here, how)));
      for (auto& w : waits) says_gone(passage_of(w).why, reason_of(here, how));
      for (int i = 0; i < 8; ++i) here.spawn_event().set().get();  // one may live where it lived
      auto late = begin(here.system(), flag.wait());
      says_gone_late(finish(late).error(), here, how);
      CHECK_THROWS_AS(flag.set().get(), actor_down);
    }
  });
}

TEST_CASE("K20 barrier: its end gives an error to every waiter and to every later caller") {
  in_every_place([](place& here) {
    for (const death how : ends_of_coordinators(here)) {
      const barrier gate = here.spawn_barrier(4);
      std::vector<pending<passage>> waits;
      for (int i = 0; i < 3; ++i) {
        waits.push_back(begin(here.system(), here.spawn_party().ask(wait_at_barrier{gate})));
      }
      eventually([&] { return gate.n_waiting().get() == 3; });
      CHECK(alike(here.end(gate.coordinator(), how), reason_of(here, how)));
      for (auto& w : waits) says_gone(passage_of(w).why, reason_of(here, how));
      for (int i = 0; i < 8; ++i) CHECK(here.spawn_barrier(1).wait().get() == 0);
      auto late = begin(here.system(), gate.wait());
      says_gone_late(finish(late).error(), here, how);
      CHECK_THROWS_AS(gate.n_waiting().get(), actor_down);
    }
  });
}

}  // namespace death_rows
