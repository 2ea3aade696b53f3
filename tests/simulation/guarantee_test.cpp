// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <troupe/exploration.hpp>

#include "shuts_down.hpp"

/// What the runtime promises, over many orders: order and gaps (G1), no message twice (G2), each monitor
/// once and last (G3), each ask once (G4).
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct numbered {
  int sender = 0;
  int n = 0;
};
struct question {
  using reply = int;
  int n = 0;
};

constexpr int senders = 3;
constexpr int messages = 6;

/// Three who send, ask and sleep; one who receives, and may die at it.
void send_in_order(simulation& sim) {
  struct receiver : actor<numbered, question> {
    receiver(simulation& s, std::map<int, int>& l) : sim(s), last(l) {}
    simulation& sim;
    std::map<int, int>& last;
    void on(numbered m) {
      sim.require(m.n == last[m.sender] + 1, "a gap, or the wrong order");
      last[m.sender] = m.n;
    }
    int on(question q) { return q.n; }
  };
  std::map<int, int> last;
  std::map<int, int> asked;
  std::map<int, int> settled;
  const shuts_down at_end(sim);
  auto to = sim.system().spawn<receiver>(sim, last);
  sim.may_die(to);
  for (int s = 0; s < senders; ++s) {
    sim.system().spawn([&, to, s](mailbox<> mail) -> behavior {
      for (int n = 1; n <= messages; ++n) {
        to.tell(numbered{s, n});
        if (n % 3 == 0) {
          ++asked[s];
          const auto got = co_await to.ask(question{n}).result();
          ++settled[s];
          if (got) sim.require(*got == n, "an answer to another question");
        } else if (n % 2 == 0) {
          co_await sleep_for(std::chrono::nanoseconds{mail.system().random() % 3});
        }
      }
    });
  }
  sim.run();
  for (int s = 0; s < senders; ++s) {
    sim.require(asked[s] == messages / 3 && settled[s] == asked[s], "an ask did not end once");
  }
}

/// Watchers of one who sends to them until it dies.
void hear_of_the_end(simulation& sim) {
  struct source : actor<numbered> {
    explicit source(std::vector<actor_ref<numbered>> l) : listeners(std::move(l)) {}
    std::vector<actor_ref<numbered>> listeners;
    void on(numbered m) {
      for (auto& l : listeners) l.tell(m);
    }
  };
  struct meet {
    actor_ref<> whom;
  };
  struct listener : actor<numbered, meet> {
    listener(simulation& s, int& e) : sim(s), ends(e) {}
    simulation& sim;
    int& ends;
    void on(numbered) { sim.require(ends == 0, "a message after the down"); }
    void on(meet m) { monitor(m.whom); }
    void on(const down&) { ++ends; }
  };
  constexpr int count = 3;
  int ends[count] = {};
  const shuts_down at_end(sim);
  std::vector<actor_ref<numbered, meet>> listeners;
  for (int& e : ends) listeners.push_back(sim.system().spawn<listener>(sim, e));
  auto from = sim.system().spawn<source>(
      std::vector<actor_ref<numbered>>(listeners.begin(), listeners.end()));
  sim.may_die(from);
  for (auto& l : listeners) l.tell(meet{from});
  for (int n = 0; n < 4; ++n) from.tell(numbered{0, n});
  sim.run();
  from.stop();
  sim.run();
  for (int e : ends) sim.require(e == 1, "a monitor that did not fire once");
}

/// Actors come and go in the same cells while others still write to those before.
void change_tenants(simulation& sim) {
  struct tenant : actor<numbered> {
    tenant(simulation& s, int n) : sim(s), number(n) {}
    simulation& sim;
    int number;
    void on(numbered m) { sim.require(m.sender == number, "mail of a former tenant"); }
  };
  for (int i = 0; i < 3; ++i) {
    sim.system().spawn([&sim, i](mailbox<> mail) -> behavior {
      for (int round = 0; round < 3; ++round) {
        const int number = 10 * i + round;
        auto t = mail.system().spawn<tenant>(sim, number);
        sim.may_die(t);
        for (int n = 0; n < 3; ++n) {
          t.tell(numbered{number, n});
          if (n == 1) t.stop();
          co_await sleep_for(1ns);
        }
      }
    });
  }
  sim.run();
}

void holds(const scenario& play, unsigned kills) {
  for (auto order : {simulation_order::random, simulation_order::pct}) {
    const exploration seen = explore({.seeds = 500, .order = order, .kills = kills}, play);
    INFO(to_string(seen));
    CHECK_FALSE(seen.found);
  }
}

}  // namespace

TEST_CASE("G1, G2, G4: in order, without gap, once; each ask ends once, whoever dies") {
  holds(send_in_order, 0);
  holds(send_in_order, 2);
  const exploration swept = sweep_kills({}, send_in_order);
  CHECK_FALSE(swept.found);
  CHECK(swept.runs > 20);
}

TEST_CASE("G3: each monitor fires once, after the last message, whoever dies") {
  holds(hear_of_the_end, 0);
  holds(hear_of_the_end, 1);
  CHECK_FALSE(sweep_kills({}, hear_of_the_end).found);
}

TEST_CASE("a cell's next tenant never sees the mail of the one before") {
  holds(change_tenants, 0);
  holds(change_tenants, 3);
  CHECK_FALSE(sweep_kills({}, change_tenants).found);
}
