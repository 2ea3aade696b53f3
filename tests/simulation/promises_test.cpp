// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <stop_token>
#include <troupe/exploration.hpp>
#include <troupe/supervisor.hpp>

#include "shuts_down.hpp"
#include "throwing_hooks.hpp"

/// docs/promises.md, where guarantee_test.cpp leaves off: all ways to send, full mailboxes, shutdown at
/// each step, restarts, links, asks in rings, and a throw at each hook.
using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct note {
  int sender = 0;
  int n = 0;
};
struct alarm {
  static constexpr auto priority = urgent;
  int n = 0;
};
struct question {
  using reply = int;
  int n = 0;
};

void holds(const scenario& play, unsigned kills, std::uint64_t seeds = 1000) {
  for (auto order : {simulation_order::random, simulation_order::pct}) {
    const exploration seen = explore({.seeds = seeds, .order = order, .kills = kills}, play);
    INFO(to_string(seen));
    CHECK_FALSE(seen.found);
  }
}

// Sent = handled + dead letters -----------------------------------------------------------------

/// One who is slow, and four who write to it, each in another way.
class traffic {
 public:
  traffic(simulation& sim, overflow at_bound) : sim_(sim), at_bound_(at_bound) {
    auto& system = sim.system();
    system.on_dead_letter([](const dead_letter_report&) {});  // so that nobody is warned
    auto to = system.spawn<receiver>(spawn_options{.bounds = mailbox_bounds{2, at_bound}}, *this);
    const auto sends = [this, to](mailbox<>, int sender) -> behavior {
      for (int n = 1; n <= each; ++n) {
        ++sent_;
        const auto sent = co_await to.send(note{sender, n}).result();
        if (!sent && sent.error().code == errc::actor_down) ++failed_;
      }
    };
    const auto tells = [this, to](mailbox<> mail) -> behavior {
      for (int n = 1; n <= each; ++n) {
        sent_ += 2;
        to.tell(note{0, n});
        to.tell(alarm{n});
        co_await sleep_for(std::chrono::nanoseconds{mail.system().random() % 3});
      }
    };
    const auto asks = [this, to](mailbox<>) -> behavior {
      for (int n = 1; n <= each; ++n) {
        ++sent_;
        const auto got = co_await to.ask(question{n}, n % 2 ? 3ns : 0ns).result();
        if (got) sim_.require(*got == n, "an answer to another question");
      }
    };
    sim.may_die(to);
    for (int sender : {1, 2}) sim.may_die(system.spawn(sends, sender));
    sim.may_die(system.spawn(tells));
    sim.may_die(system.spawn(asks));
  }

  void check() {
    sim_.system().shutdown();
    const std::uint64_t settled = handled_ + sim_.system().dead_letters();
    // A send to one who has ended is no dead letter if it fails at once, and one if it waited.
    sim_.require(settled <= sent_ && sent_ <= settled + failed_,
                 "sent " + std::to_string(sent_) + ", handled or dropped " +
                     std::to_string(settled) + ", failed " + std::to_string(failed_));
  }

 private:
  static constexpr int each = 4;

  struct receiver : actor<note, alarm, question> {
    explicit receiver(traffic& t) : all(t) {}
    traffic& all;
    task<void> on(note m) {
      all.take(m.sender, m.n, m.sender != 0 && all.at_bound_ == overflow::suspend);
      if (m.n % 2 == 0) co_await sleep_for(std::chrono::nanoseconds{system().random() % 3});
    }
    void on(alarm m) { all.take(3, m.n, false); }
    task<int> on(question q) {
      all.take(4, q.n, false);
      co_await sleep_for(2ns);
      co_return q.n;
    }
  };

  void take(int sender, int n, bool all_arrive) {
    ++handled_;
    int& last = last_[sender];
    sim_.require(n > last, "twice, or in the wrong order");
    sim_.require(!all_arrive || n == last + 1, "a gap between messages that were sent with send");
    last = n;
  }

  simulation& sim_;
  overflow at_bound_;
  std::uint64_t sent_ = 0;
  std::uint64_t handled_ = 0;
  std::uint64_t failed_ = 0;
  std::map<int, int> last_;
};

constexpr overflow policies[] = {overflow::suspend, overflow::refuse, overflow::drop_newest,
                                 overflow::drop_oldest};

scenario traffic_with(overflow at_bound) {
  return [at_bound](simulation& sim) {
    traffic all(sim, at_bound);
    const shuts_down at_end(sim);
    sim.run();
    all.check();
  };
}

/// \return false: it was over before
bool shut_down_after(std::uint64_t steps, std::uint64_t seed, overflow at_bound) {
  simulation sim(seed);
  traffic all(sim, at_bound);
  bool more = true;
  for (std::uint64_t i = 0; i < steps && more; ++i) more = sim.step();
  CHECK_NOTHROW(all.check());
  CHECK(sim.system().live_actors() == 0);
  return more;
}

// Ends ------------------------------------------------------------------------------------------

struct meet {
  actor_ref<> whom;
};

/// Hears of one end of each whom it meets, and nothing from it afterwards.
class listener : public actor<note, meet> {
 public:
  listener(simulation& sim, int& ends) : sim_(sim), ends_(ends) {}
  void on(note) { sim_.require(ends_ == 0, "a message after the down"); }
  void on(const meet& m) { monitor(m.whom); }
  void on(const down&) {
    ++ends_;
    sim_.require(!system().find<note>("source"), "a down while the name is still taken");
  }

 private:
  simulation& sim_;
  int& ends_;
};

void hear_of_the_restarted(simulation& sim) {
  using listeners = std::vector<actor_ref<note>>;
  struct source : actor<note> {
    explicit source(listeners l) : all(std::move(l)) {}
    listeners all;
    void on(note m) {
      for (auto& l : all) l.tell(m);
      if (m.n % 3 == 0) throw std::runtime_error("every third");
    }
  };
  int ends[2] = {};
  const shuts_down at_end(sim);
  std::vector<actor_ref<note, meet>> audience;
  for (int& e : ends) audience.push_back(sim.system().spawn<listener>(sim, e));
  auto top = sim.system().spawn<supervisor>(
      supervisor_options{.restarts_max = 2},
      child<source>("source", listeners(audience.begin(), audience.end())).named());
  auto from = sim.system().find<note>("source").value();
  sim.may_die(top);
  sim.may_die(from);
  for (auto& l : audience) l.tell(meet{from});
  for (int n = 1; n < 8; ++n) from.tell(note{0, n});
  sim.run();
  top.stop();
  sim.run();
  for (int e : ends) sim.require(e == 1, "a monitor that did not fire once");
}

void hear_of_the_linked(simulation& sim) {
  struct partner : actor<note, meet> {
    void on(note m) {
      if (m.n == 2) throw std::runtime_error("the second");
    }
    void on(const meet& m) { link(m.whom); }
  };
  int ends = 0;
  const shuts_down at_end(sim);
  auto witness = sim.system().spawn<listener>(sim, ends);
  std::vector<actor_ref<note, meet>> chain;
  for (int i = 0; i < 3; ++i) {
    chain.push_back(sim.system().spawn<partner>());
    sim.may_die(chain.back());
    witness.tell(meet{chain.back()});
    if (i > 0) chain[static_cast<std::size_t>(i - 1)].tell(meet{chain.back()});
  }
  for (int n : {1, 2, 3}) chain[1].tell(note{0, n});
  sim.run();
  for (auto& each : chain) each.stop();
  sim.run();
  sim.require(ends == 3, std::to_string(ends) + " downs of three actors");
}

// Asks ------------------------------------------------------------------------------------------

/// Counts asks that have neither ended nor gone with their asker.
class open_asks {
 public:
  /// While it lives there is one more.
  std::shared_ptr<void> one() const {
    ++*count_;
    return {nullptr, [count = count_](void*) { --*count; }};
  }
  int count() const { return *count_; }

 private:
  std::shared_ptr<int> count_ = std::make_shared<int>(0);
};

/// Answers slowly; its mailbox has room for one, so that questions wait for room, too.
struct slow : actor<question> {
  static constexpr mailbox_bounds bounds{1, overflow::suspend};
  task<int> on(question q) {
    co_await sleep_for(2ns);
    co_return q.n;
  }
};

void ask_and_give_up(simulation& sim) {
  open_asks open;
  std::stop_source givers_up;
  const shuts_down at_end(sim);
  auto to = sim.system().spawn<slow>();
  sim.may_die(to);
  for (int i = 0; i < 3; ++i) {
    sim.may_die(sim.system().spawn([&sim, open, to, i, &givers_up](mailbox<>) -> behavior {
      for (int n = 0; n < 3; ++n) {
        const auto token = i == 0 ? givers_up.get_token() : std::stop_token{};
        const auto here = open.one();
        const auto got = co_await to.ask(question{10 * i + n}, i == 1 ? 3ns : 0ns, token).result();
        sim.require(!got || *got == 10 * i + n, "an answer to another question");
      }
    }));
  }
  sim.system().spawn([&givers_up](mailbox<>) -> behavior {
    co_await sleep_for(3ns);
    givers_up.request_stop();
  });
  sim.run();
  sim.require(open.count() == 0, std::to_string(open.count()) + " asks did not end");
}

struct hop {
  using reply = int;
  int left = 0;
};
struct set_next {
  actor_ref<hop> next;
};

struct ring_member : actor<hop, set_next> {
  explicit ring_member(open_asks o) : open(std::move(o)) {}
  open_asks open;
  actor_ref<hop> next;
  void on(const set_next& m) { next = m.next; }
  task<int> on(hop h) {
    if (h.left == 0) co_return 0;
    const auto here = open.one();
    const auto got = co_await next.ask(hop{h.left - 1}).result();
    co_return got ? *got + 1 : -1;
  }
};

/// Two ask their way round a ring, one of them over its end, where it comes to an actor that waits.
scenario ring_of(std::size_t size) {
  return [size](simulation& sim) {
    open_asks open;
    std::vector<actor_ref<hop, set_next>> ring;
    for (std::size_t i = 0; i < size; ++i) ring.push_back(sim.system().spawn<ring_member>(open));
    for (std::size_t i = 0; i < size; ++i) ring[i].tell(set_next{ring[(i + 1) % size]});
    for (std::size_t i : {std::size_t{0}, size / 2}) sim.may_die(ring[i]);
    for (int hops : {static_cast<int>(size) - 1, static_cast<int>(size) + 1}) {
      sim.may_die(sim.system().spawn([open, hops, to = ring[0]](mailbox<>) -> behavior {
        const auto here = open.one();
        (void)co_await to.ask(hop{hops}, 1s).result();
      }));
    }
    sim.run();
    sim.require(open.count() == 0, std::to_string(open.count()) + " asks did not end");
  };
}

}  // namespace

TEST_CASE("G1, G2, G6: whatever the bound, sent is handled or a dead letter, whoever dies") {
  for (overflow at_bound : policies) {
    CAPTURE(static_cast<int>(at_bound));
    holds(traffic_with(at_bound), 0);
    holds(traffic_with(at_bound), 2);
    CHECK_FALSE(sweep_kills({}, traffic_with(at_bound)).found);
  }
}

TEST_CASE("G6: shut down at each step, sent is handled or a dead letter") {
  for (overflow at_bound : policies) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      std::uint64_t steps = 0;
      while (shut_down_after(steps, seed, at_bound)) ++steps;
      CHECK(steps > 20);
    }
  }
}

TEST_CASE("G3: one down of who is restarted in place, when it is given up, and its name is free") {
  holds(hear_of_the_restarted, 0);
  holds(hear_of_the_restarted, 2);
  CHECK_FALSE(sweep_kills({}, hear_of_the_restarted).found);
}

TEST_CASE("G3: one down of each who is linked, whoever takes whom along") {
  holds(hear_of_the_linked, 0);
  holds(hear_of_the_linked, 2);
  CHECK_FALSE(sweep_kills({}, hear_of_the_linked).found);
}

TEST_CASE("G4: asks with deadlines, given up, and waiting for room end once, whoever dies") {
  holds(ask_and_give_up, 0);
  holds(ask_and_give_up, 2);
  CHECK_FALSE(sweep_kills({}, ask_and_give_up).found);
}

TEST_CASE("G4: asks in a ring end: of one, of two, of a hundred, over its end, whoever dies") {
  for (std::size_t size : {1U, 2U}) {
    holds(ring_of(size), 0);
    holds(ring_of(size), 1);
    CHECK_FALSE(sweep_kills({}, ring_of(size)).found);
  }
  holds(ring_of(100), 1, 20);
  CHECK_FALSE(sweep_kills({}, ring_of(100)).found);
}

TEST_CASE("G9: a throw at each hook ends its actor, with its text, and nobody else") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    simulation sim(seed);
    throw_at_each_hook(sim.system());
  }
}
