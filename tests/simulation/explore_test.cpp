// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <troupe/exploration.hpp>

#include "captured.hpp"
#include "planted.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct step {};

/// Makes as many steps as it has been told to, and calls `made` in each.
class stepper : public actor<step> {
 public:
  explicit stepper(std::function<void()> made) : made_(std::move(made)) {}
  void on(step) { made_(); }

 private:
  std::function<void()> made_;
};

void spawn_stepper(simulation& sim, int steps, std::function<void()> made) {
  auto s = sim.system().spawn<stepper>(std::move(made));
  for (int i = 0; i < steps; ++i) s.tell(step{});
}

/// Goes wrong only if the opener's first step comes before all ten of the second actor, these before
/// the opener's last, and that one before all ten of the third: three orders, a bug of depth 3.
void deep(simulation& sim) {
  int opened = 0;
  int inside = 0;
  int others = 0;
  bool wrong = false;
  spawn_stepper(sim, 2, [&] {
    ++opened;
    if (opened == 2) wrong = inside == 10 && others == 0;
  });
  spawn_stepper(sim, 10, [&] { inside += opened == 1; });
  spawn_stepper(sim, 10, [&] { ++others; });
  sim.run();
  sim.require(!wrong, "the deep one");
}

}  // namespace

TEST_CASE("explore: PCT finds a bug of depth 3 where random order does not") {
  constexpr std::uint64_t seeds = 5000;
  const exploration by_pct =
      explore({.seeds = seeds, .order = simulation_order::pct, .depth = 3, .print = false}, deep);
  CHECK(by_pct.found);
  MESSAGE("PCT: after ", by_pct.runs, " of ", seeds, " seeds");
  const exploration again = replay(by_pct.run, deep, false);
  CHECK(again.what == by_pct.what);
  CHECK(again.trace == by_pct.trace);
  const exploration by_luck = explore({.seeds = seeds, .print = false}, deep);
  CHECK_FALSE(by_luck.found);
  const exploration shallow =
      explore({.seeds = seeds, .order = simulation_order::pct, .depth = 1, .print = false}, deep);
  CHECK_FALSE(shallow.found);  // no change of priorities
}

TEST_CASE("explore: PCT starves nobody for ever") {
  const exploration seen =
      explore({.seeds = 20, .steps_max = 10'000, .order = simulation_order::pct, .print = false},
              [](simulation& sim) {
                bool stop = false;
                sim.system().spawn([&stop](mailbox<step> mail) -> behavior {
                  while (!stop) {  // waits busily for the other
                    mail.self().tell(step{});
                    co_await mail.receive<step>();
                  }
                });
                sim.system().spawn([&stop](mailbox<>) -> behavior {
                  stop = true;
                  co_return;
                });
                sim.run();
              });
  INFO(to_string(seen));
  CHECK_FALSE(seen.found);
}

TEST_CASE("explore: two runs of one seed that differ are found") {
  int runs = 0;
  const exploration seen = explore({.seeds = 3, .print = false}, [&](simulation& sim) {
    spawn_stepper(sim, ++runs, [] {});
    sim.run();
  });
  CHECK(seen.found);
  CHECK(seen.what.find("not deterministic") != std::string::npos);
  const exploration also = enumerate({.print = false}, [&](simulation& sim) {
    for (int i = 0; i < 2 + runs % 2; ++i) spawn_stepper(sim, 1, [] {});
    ++runs;
    sim.run();
  });
  CHECK(also.found);
  CHECK(also.what.find("not deterministic") != std::string::npos);
}

TEST_CASE("explore: a run without end is found, and so is a deadlock, a throw, a requirement") {
  const auto what = [](const scenario& play) {
    const exploration seen = explore({.seeds = 1, .steps_max = 500, .print = false}, play);
    return seen.found ? seen.what : "nothing";
  };
  CHECK(what([](simulation& sim) {
          sim.system().spawn([](mailbox<step> mail) -> behavior {
            for (;;) co_await sleep_for(1s);
            (void)mail;
          });
          sim.run();
        }) == "it has not ended after 500 steps");
  CHECK(what([](simulation& sim) {
          auto forever = sim.system().spawn(
              [](mailbox<step> mail) -> behavior { co_await mail.receive<step>(); });
          sim.system().run([](actor_ref<> r) -> task<void> { co_await ended(r); }(forever));
        }).find("deadlock") == 0);
  CHECK(what([](simulation&) { throw std::runtime_error("thrown"); }) ==
        "std::runtime_error: thrown");
  CHECK(what([](simulation& sim) { sim.require(false, "required"); }) == "required");
  CHECK(what([](simulation& sim) {
          spawn_stepper(sim, 3, [&sim] { sim.require(false, "required inside"); });
          sim.run();
        }) == "required inside");
  CHECK(what([](simulation& sim) { sim.require(true, ""); }) == "nothing");
}

TEST_CASE("explore: what was found is printed, with the way to repeat it") {
  captured_stderr captured;
  (void)explore({.seeds = 5, .first_seed = 7, .depth = 2}, [](simulation& sim) {
    spawn_stepper(sim, 3, [] {});
    sim.run();
    sim.require(false, "never holds");
  });
  const std::string text = captured.text();
  INFO(text);
  CHECK(text.find("never holds") != std::string::npos);
  CHECK(text.find("replay(simulation_options{.seed = 7, .steps_max = 100000, .depth = 2}") !=
        std::string::npos);
  CHECK(text.find("stepper#0: step from outside\n") != std::string::npos);
}

TEST_CASE("explore: a stall lets a timer win against an answer that is there") {
  const scenario hasty = [](simulation& sim) {
    struct ping {
      using reply = int;
    };
    struct quick : actor<ping> {
      int on(ping) { return 1; }
    };
    auto a = sim.system().spawn<quick>();
    (void)sim.system().run(
        [](actor_ref<ping> to) -> task<int> { co_return co_await to.ask(ping{}, 1s); }(a));
  };
  CHECK_FALSE(explore({.seeds = 100, .print = false}, hasty).found);
  const exploration seen = explore({.seeds = 100, .stall_every = 4, .print = false}, hasty);
  CHECK(seen.found);
  CHECK(seen.what.find("no answer in the time given") != std::string::npos);
}
