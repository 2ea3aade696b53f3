// SPDX-License-Identifier: BSD-3-Clause
// A party's process is killed by signal 9, at each step of a round of a barrier. Each place checks,
// when it goes, that no zombie and no descriptor is left.
#include "gathering.hpp"

namespace process_death_rows {

using namespace troupe;
using namespace troupe::conformance;

namespace {

template <class Body>
void in_every_place_of_processes(Body body) {
  in_every_place([&](place& here) {
    if (here.parties_apart()) body(here);
  });
}

void names(const place& here, const std::string& text, const party_ref& dead) {
  INFO(text);
  CHECK(text.find(to_string(dead)) != std::string::npos);
  CHECK(text.find(to_string(reason_of(here, death::process))) != std::string::npos);
}

bool is_killed(const place& here, const exit_reason& why) {
  return alike(why, reason_of(here, death::process));
}

void passes_after_reset(place& here, const barrier& gate, int parties) {
  gate.reset().get();
  gathering all(here, gate, parties);
  CHECK(all.pass().size() == static_cast<std::size_t>(parties));
}

}  // namespace

TEST_CASE("K09 barrier: a process killed before its party is enrolled: who waits is told") {
  in_every_place_of_processes([](place& here) {
    const barrier gate = here.spawn_barrier(2);
    const party_ref dead = here.spawn_party();
    gathering live(here, gate, 1);
    live.arrive();
    CHECK(is_killed(here, here.end(dead, death::process)));
    CHECK_FALSE(gate.broken().get());  // it did not belong to it yet
    gate.enroll(dead).get();
    names(here, live.all_broken("before it arrived").text, dead);
    passes_after_reset(here, gate, 2);
  });
}

TEST_CASE("K09 barrier: a process killed as its party is being enrolled: who waits is told") {
  in_every_place_of_processes([](place& here) {
    const barrier gate = here.spawn_barrier(2);
    const party_ref dead = here.spawn_party();
    gathering live(here, gate, 1);
    live.arrive();
    auto enrolling = begin(here.system(), gate.enroll(dead));
    here.kill_process_of(dead);
    CHECK(finish(enrolling).has_value());
    names(here, live.all_broken("before it arrived").text, dead);
    passes_after_reset(here, gate, 2);
  });
}

TEST_CASE("K10 barrier: a process killed while its party waits, as the first or as the second") {
  in_every_place_of_processes([](place& here) {
    for (const bool first : {true, false}) {
      const barrier gate = here.spawn_barrier(3);
      const party_ref dead = here.spawn_party();
      gathering live(here, gate, 1);
      if (!first) live.arrive();
      auto never = begin(here.system(), dead.ask(wait_at_barrier{gate}));
      eventually([&] { return gate.n_waiting().get() == (first ? 1 : 2); });
      if (first) live.start();
      here.kill_process_of(dead);
      names(here, live.all_broken("while it waited").text, dead);
      CHECK(is_killed(here, finish(never).error().reason));
      gathering late(here, gate, 2);
      late.start();
      names(here, late.all_broken("while it waited").text, dead);
      passes_after_reset(here, gate, 3);
    }
  });
}

TEST_CASE("K10 barrier: a process killed right after its release: the round stands, and so on") {
  in_every_place_of_processes([](place& here) {
    for (const bool enrolled : {true, false}) {
      const barrier gate = here.spawn_barrier(2);
      const party_ref dead = here.spawn_party();
      gathering live(here, gate, 1);
      if (enrolled) gate.enroll(dead).get();
      live.arrive();
      auto last = begin(here.system(), dead.ask(die_after_barrier{gate}));
      CHECK(live.pass_on() == std::vector<int>{0});
      CHECK(is_killed(here, finish(last).error().reason));
      if (enrolled) {  // it would have come again
        live.start();
        names(here, live.all_broken("before it arrived").text, dead);
      } else {
        CHECK_FALSE(gate.broken().get());
        CHECK(gate.n_waiting().get() == 0);
      }
      passes_after_reset(here, gate, 2);
    }
  });
}

TEST_CASE("K10 barrier: a process killed anywhere in a run of rounds: the others are told") {
  in_every_place_of_processes([](place& here) {
    const ledger_ref book = here.system().spawn<ledger>();
    for (std::size_t entries_before : {0u, 7u, 20u, 33u, 46u}) {
      const barrier gate = here.spawn_barrier(3);
      std::vector<party_ref> parties;
      std::vector<pending<void>> runs;
      for (int i = 0; i < 3; ++i) parties.push_back(here.spawn_party());
      gate.enroll(parties[0], parties[1], parties[2]).get();
      const std::size_t seen = book.ask(entries{}).get().size();
      for (const auto& p : parties) {
        runs.push_back(begin(here.system(), p.ask(rounds_at_barrier{gate, book, 1'000'000})));
      }
      eventually([&] { return book.ask(entries{}).get().size() >= seen + entries_before; });
      here.kill_process_of(parties[0]);
      CHECK(is_killed(here, finish(runs[0]).error().reason));
      for (std::size_t i : {1u, 2u}) names(here, finish(runs[i]).error().text, parties[0]);
    }
  });
}

}  // namespace process_death_rows
