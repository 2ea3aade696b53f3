// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <eventually.hpp>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/barrier.hpp>
#include <troupe/simulation.hpp>

namespace barrier_test {

using namespace troupe;
using namespace std::chrono_literals;

struct arrive {
  using reply = std::string;  ///< why it did not pass; empty: it did
  barrier gate;
};
class member : public actor<arrive> {
 public:
  task<std::string> on(arrive m) {
    const auto got = co_await m.gate.wait().result();
    co_return got.has_value() ? "" : got.error().text;
  }
};

struct again {};

exit_reason end_of(actor_system& system, const actor_ref<>& whom) {
  return system.run(
      [](actor_ref<> ref) -> task<exit_reason> { co_return co_await ended(ref); }(whom));
}

TEST_CASE("barrier: negative timeouts are refused, each by name") {
  actor_system system({.workers = 2});
  CHECK_THROWS_WITH_AS(barrier::spawn(system, {.parties = 1, .timeout = -1ns}),
                       "barrier_options.timeout is negative", std::invalid_argument);
  const barrier gate = barrier::spawn(system, {.parties = 1});
  CHECK_THROWS_WITH_AS((void)gate.wait(-1ns), "barrier::wait: timeout is negative",
                       std::invalid_argument);
}

TEST_CASE("barrier: an action that throws breaks it with its text; reset makes it good") {
  actor_system system({.workers = 2});
  int calls = 0;
  const barrier gate = barrier::spawn(system, {.parties = 1, .action = [&] {
                                                 if (++calls == 1) throw std::logic_error("no ink");
                                               }});
  try {
    (void)gate.wait().get();
    FAIL("it passed");
  } catch (const broken_error& e) {
    const std::string_view text = e.what();
    INFO(std::string(text));
    CHECK(text.find("its action threw std::logic_error: no ink") != std::string_view::npos);
  }
  CHECK(gate.broken().get());
  gate.reset().get();
  CHECK(gate.wait().get() == 0);
  CHECK(calls == 2);
}

TEST_CASE("barrier: an action that would block its actor is refused, and the barrier breaks") {
  actor_system system({.workers = 2});
  barrier gate;
  gate = barrier::spawn(system, {.parties = 1, .action = [&] { (void)gate.n_waiting().get(); }});
  CHECK_THROWS_AS((void)gate.wait().get(), broken_error);
}

TEST_CASE("barrier: who is neither enrolled nor waiting comes and goes freely") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 1});
  const auto passer = system.spawn<member>();
  CHECK(passer.ask(arrive{gate}).get().empty());
  passer.kill();
  end_of(system, passer);
  CHECK_FALSE(gate.broken().get());
  CHECK(gate.wait().get() == 0);
}

TEST_CASE("barrier: who has left may end; who was not enrolled cannot leave") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 1});
  const auto gone = system.spawn<member>();
  const auto also = system.spawn<member>();
  CHECK_FALSE(gate.leave(gone).get());
  gate.enroll(gone, also).get();
  CHECK(gate.leave(gone).get());
  CHECK_FALSE(gate.leave(gone).get());
  gone.kill();
  end_of(system, gone);
  CHECK(gate.wait().get() == 0);
  also.kill();
  eventually([&] { return gate.broken().get(); });
  CHECK_THROWS_AS((void)gate.wait().get(), broken_error);
}

TEST_CASE("barrier: enrolling the dead breaks it; enrolling nobody is refused") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 2});
  CHECK_THROWS_AS((void)gate.enroll(actor_ref<>{}), std::invalid_argument);
  const auto gone = system.spawn<member>();
  gone.kill();
  end_of(system, gone);
  gate.enroll(gone).get();
  eventually([&] { return gate.broken().get(); });
}

TEST_CASE("barrier: the first cause is told until reset, whatever else happens") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 2});
  const auto dead = system.spawn<member>();
  gate.enroll(dead).get();
  gate.abort().get();
  dead.kill();
  end_of(system, dead);
  const auto caller = system.spawn<member>();
  CHECK(caller.ask(arrive{gate}).get() == "the barrier is broken: it was aborted");
}

TEST_CASE("barrier: an arrival that was told instead of asked does not count") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 2});
  gate.coordinator().tell(messages::barrier_wait{});
  gate.coordinator().tell(messages::barrier_wait{});
  CHECK(gate.n_waiting().get() == 0);
  CHECK_THROWS_AS((void)gate.wait(10ms).get(), broken_error);
}

TEST_CASE("barrier: a round that became full in time is not broken by its timers") {
  simulation sim(1);
  const barrier gate = barrier::spawn(sim.system(), {.parties = 2, .timeout = 20ms});
  const auto one = sim.system().spawn<member>(), other = sim.system().spawn<member>();
  one.tell(arrive{gate});
  sim.run_for(10ms);
  CHECK(gate.n_waiting().get() == 1);
  other.tell(arrive{gate});
  sim.run_for(1h);
  CHECK(gate.n_waiting().get() == 0);
  CHECK_FALSE(gate.broken().get());
}

TEST_CASE("barrier: an owned one needs an owner") {
  CHECK_THROWS_AS(barrier::spawn_owned({.parties = 1}), misuse_error);
  static_assert(encodable<barrier> && std::is_trivially_copyable_v<barrier>);
}

TEST_CASE("barrier: who gives up its wait is not counted, and may come again") {
  actor_system system({.workers = 2});
  const barrier gate = barrier::spawn(system, {.parties = 2});
  std::atomic<bool> left = false;
  const auto unsteady = system.spawn(
      [](mailbox<again> mail, barrier at, std::atomic<bool>& has_left) -> behavior {
        auto short_wait = at.coordinator().ask(messages::barrier_wait{}, 1ms).result();
        CHECK((co_await short_wait).error().code == errc::timeout);
        has_left = true;
        co_await mail.receive<again>();
        auto wait = at.wait().result();
        CHECK((co_await wait).has_value());
      },
      gate, std::ref(left));
  eventually([&] { return left && gate.n_waiting().get() == 0; });
  CHECK_FALSE(gate.broken().get());
  unsteady.tell(again{});
  eventually([&] { return gate.n_waiting().get() == 1; });
  CHECK(gate.wait().get() == 1);
  end_of(system, unsteady);
  CHECK_FALSE(gate.broken().get());
}

}  // namespace barrier_test
