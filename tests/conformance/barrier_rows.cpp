// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <thread>

#include "gathering.hpp"

namespace barrier_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr int n = 5;

/// Five parties do `rounds` rounds; what they wrote down comes back once all are done.
std::vector<entry> play_rounds(place& here, const barrier& gate, const ledger_ref& book,
                               int rounds) {
  std::vector<pending<void>> done;
  for (int i = 0; i < n; ++i) {
    done.push_back(
        begin(here.system(), here.spawn_party().ask(rounds_at_barrier{gate, book, rounds})));
  }
  for (auto& d : done) CHECK(finish(d).has_value());
  return book.ask(entries{}).get();
}

/// No one leaves a round, or acts in it, before `before` entries of it are in the book.
void check_order(const std::vector<entry>& book, step later, step earlier, int before) {
  std::vector<int> seen(book.size(), 0);
  for (const entry& e : book) {
    const auto round = static_cast<std::size_t>(e.round);
    if (e.what == earlier) ++seen[round];
    if (e.what == later) CHECK(seen[round] == before);
  }
}

auto count_of(const std::vector<entry>& book, step what) {
  return std::count_if(book.begin(), book.end(), [&](const entry& e) { return e.what == what; });
}

}  // namespace

TEST_CASE("BA01 barrier: zero or negative parties is an argument error that names the option") {
  in_every_place([](place& here) {
    for (const int parties : {0, -1}) {
      try {
        barrier::spawn(here.system(), {.parties = parties});
        FAIL("no exception");
      } catch (const std::invalid_argument& e) {
        CHECK(std::string_view(e.what()).starts_with("barrier_options.parties is "));
      }
    }
  });
}

TEST_CASE("BA02 barrier: no party leaves before all have arrived") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    const auto book = play_rounds(here, gate, here.system().spawn<ledger>(), 1);
    CHECK(count_of(book, step::left) == n);
    check_order(book, step::left, step::arrived, n);
  });
}

TEST_CASE("BA03 barrier: it is reusable: ten rounds in lockstep") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    const auto book = play_rounds(here, gate, here.system().spawn<ledger>(), 10);
    CHECK(count_of(book, step::left) == 10 * n);
    check_order(book, step::left, step::arrived, n);
  });
}

TEST_CASE("BA04 barrier: after a clean pass nobody is counted as waiting and it is not broken") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering all(here, gate, n);
    all.pass();
    CHECK(gate.n_waiting().get() == 0);
    CHECK_FALSE(gate.broken().get());
  });
}

TEST_CASE("BA05 barrier: each party of a round gets a different index 0..n-1") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering all(here, gate, n);
    for (int round = 0; round < 3; ++round) {
      auto indices = all.pass();
      std::sort(indices.begin(), indices.end());
      CHECK(indices == std::vector<int>{0, 1, 2, 3, 4});
    }
  });
}

TEST_CASE("BA06 barrier: exactly one party of a round gets index 0") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering all(here, gate, n);
    for (int round = 0; round < 3; ++round) {
      const auto indices = all.pass();
      CHECK(std::count(indices.begin(), indices.end(), 0) == 1);
    }
  });
}

TEST_CASE("BA07 barrier: the action runs exactly once per round and before anyone is let go") {
  in_every_place([](place& here) {
    const ledger_ref book = here.system().spawn<ledger>();
    int round = 0;
    const auto action = [&round, book] {
      std::this_thread::sleep_for(5ms);  // who is let go too early has time to say so
      book.tell(entry{step::acted, round++});
    };
    const barrier gate = barrier::spawn(here.system(), {.parties = n, .action = action});
    const auto all = play_rounds(here, gate, book, 3);
    CHECK(count_of(all, step::acted) == 3);
    check_order(all, step::acted, step::arrived, n);
    check_order(all, step::left, step::acted, 1);
  });
}

TEST_CASE("BA08 barrier: abort ends the waiting of everyone inside with the broken error") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 1);
    some.arrive();
    gate.abort().get();
    some.all_broken("aborted");
  });
}

TEST_CASE("BA09 barrier: after abort nobody passes and it reads as broken") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 1);
    some.arrive();
    gate.abort().get();
    some.all_broken("aborted");
    CHECK(gate.broken().get());
    gathering late(here, gate, n);
    late.start();
    late.all_broken("aborted");
    CHECK(gate.broken().get());
    CHECK(gate.n_waiting().get() == 0);
  });
}

TEST_CASE("BA10 barrier: reset frees the current waiters with the broken error") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 1);
    some.arrive();
    gate.reset().get();
    some.all_broken("reset");
    CHECK_FALSE(gate.broken().get());
  });
}

TEST_CASE("BA11 barrier: after reset all parties can pass again") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 1);
    some.arrive();
    gate.reset().get();
    some.all_broken("reset");
    gathering all(here, gate, n);
    CHECK(all.pass().size() == n);
  });
}

TEST_CASE("BA12 barrier: an aborted barrier is made good by reset") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 1);
    some.arrive();
    gate.abort().get();
    some.all_broken("aborted");
    gate.reset().get();
    CHECK_FALSE(gate.broken().get());
    gathering all(here, gate, n);
    CHECK(all.pass().size() == n);
  });
}

TEST_CASE("BA13 barrier: the number waiting can be observed while they wait") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    CHECK(gate.n_waiting().get() == 0);
    gathering first(here, gate, 2);
    first.arrive();
    CHECK(gate.n_waiting().get() == 2);
    gathering second(here, gate, 2);
    second.start();
    eventually([&] { return gate.n_waiting().get() == 4; });
  });
}

TEST_CASE("BA14 barrier: one late party: a timed wait breaks it for all, the late one included") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n);
    gathering some(here, gate, n - 2);
    some.arrive();
    gathering timed(here, gate, 1);
    const auto begun = steady_clock::now();
    timed.start(50ms);
    timed.all_broken("time");
    CHECK(steady_clock::now() - begun >= 50ms);
    some.all_broken("time");
    gathering late(here, gate, 1);
    late.start(50ms);
    late.all_broken("time");
    CHECK(gate.broken().get());
  });
}

TEST_CASE("BA15 barrier: its own default timeout applies when wait is given none") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(n, 100ms);
    gathering some(here, gate, n - 1);
    const auto begun = steady_clock::now();
    some.start();
    some.all_broken("time");
    CHECK(steady_clock::now() - begun >= 100ms);
    CHECK(gate.broken().get());
  });
}

TEST_CASE("BA16 barrier: one of one party never blocks") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(1);
    CHECK(gate.wait().get() == 0);
    CHECK(gate.wait(0ms).get() == 0);
    gathering one(here, gate, 1);
    CHECK(one.pass() == std::vector<int>{0});
  });
}

TEST_CASE("BA17 barrier: the description shows k/n while people wait and 'broken' after abort") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(3);
    CHECK(gate.describe().get() == "barrier: 0/3 waiting");
    gathering two(here, gate, 2);
    two.arrive();
    CHECK(gate.describe().get() == "barrier: 2/3 waiting");
    gate.abort().get();
    CHECK(gate.describe().get() == "barrier: broken");
  });
}

TEST_CASE("BA18 barrier: 1,000 rounds by five parties: what they say is grouped by round") {
  in_every_place([](place& here) {
    constexpr int rounds = 1000;
    const barrier gate = here.spawn_barrier(n);
    auto book = play_rounds(here, gate, here.system().spawn<ledger>(), rounds);
    std::erase_if(book, [](const entry& e) { return e.what != step::left; });
    REQUIRE(book.size() == std::size_t{rounds} * n);
    int strays = 0;
    for (int i = 0; i < rounds * n; ++i) strays += book[static_cast<std::size_t>(i)].round != i / n;
    CHECK(strays == 0);
  });
}

TEST_CASE("BA19 barrier: a child can read the parties and reset a barrier served elsewhere") {
  in_every_place([](place& here) {
    const barrier gate = here.spawn_barrier(3);
    const party_ref child = here.spawn_party();
    CHECK(child.ask(parties_of_barrier{gate}).get() == 3);
    gathering two(here, gate, 2);
    two.arrive();
    child.ask(reset_barrier{gate}).get();
    two.all_broken("reset");
    CHECK_FALSE(gate.broken().get());
  });
}

TEST_CASE("EV04 BA02 handles are arguments of a spawn: all wait for one event, pass one barrier") {
  in_every_place([](place& here) {
    const event go = here.spawn_event();
    const barrier gate = here.spawn_barrier(n);
    const ledger_ref book = here.system().spawn<ledger>();
    for (int i = 0; i < n; ++i) here.spawn_passer(go, gate, book);
    eventually([&] { return go.waiting().get() == std::size_t{n}; });
    CHECK(book.ask(entries{}).get().empty());
    go.set().get();
    eventually([&] { return book.ask(entries{}).get().size() == std::size_t{2 * n}; });
    check_order(book.ask(entries{}).get(), step::left, step::arrived, n);
  });
}

}  // namespace barrier_rows
