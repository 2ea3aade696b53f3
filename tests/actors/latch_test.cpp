// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/latch.hpp>

namespace latch_test {

using namespace troupe;
using namespace std::chrono_literals;

struct count {
  using reply = void;
  std::ptrdiff_t amount = 1;
};
/// Counts when it is told to.
class worker : public actor<count> {
 public:
  explicit worker(latch work) : work_(work) {}
  task<void> on(count m) { co_await work_.count_down(m.amount); }

 private:
  latch work_;
};

struct outcome {
  bool over = false;
  std::string error;
};
behavior waiter(mailbox<>, latch work, outcome& how) {
  const auto open = co_await work.wait().result();
  how.error = open ? "" : open.error().text;
  how.over = true;
}

exit_reason end_of(actor_system& system, const actor_ref<>& whom) {
  return system.run(
      [](actor_ref<> ref) -> task<exit_reason> { co_return co_await ended(ref); }(whom));
}

/// A latch, and one who waits for it.
struct scene {
  outcome how;
  actor_system system{{.workers = 2}};
  latch work;
  actor_ref<> waiting;

  explicit scene(std::ptrdiff_t left)
      : work(latch::spawn(system, left)), waiting(system.spawn<&waiter>(work, std::ref(how))) {
    eventually([&] { return work.waiting().get() == 1; });
  }
};

TEST_CASE("latch: who waits is let go when nothing is left, and so is who comes later") {
  scene s(3);
  s.work.count_down().get();
  CHECK(s.work.describe().get() == "latch: 2 left");
  CHECK_FALSE(s.work.try_wait().get());
  CHECK_FALSE(s.work.wait(1ms).get());
  s.work.count_down(2).get();
  end_of(s.system, s.waiting);
  CHECK(s.how.over);
  CHECK(s.how.error.empty());
  CHECK(s.work.wait().get());
  CHECK(s.work.try_wait().get());
  CHECK(s.work.describe().get() == "latch: open");
}

TEST_CASE("latch: arriving and waiting is one step; the last to arrive does not wait") {
  bool open = false;
  actor_system system({.workers = 2});
  const latch work = latch::spawn(system, 3);
  const auto first = system.spawn(
      [](mailbox<>, latch at, bool& passed) -> behavior { passed = co_await at.arrive_and_wait(); },
      work, std::ref(open));
  eventually([&] { return work.waiting().get() == 1; });
  CHECK(work.count().get() == 2);
  CHECK(work.arrive_and_wait(2).get());
  end_of(system, first);
  CHECK(open);
}

TEST_CASE("latch: bad counts are refused, each by name, and count nothing") {
  actor_system system({.workers = 2});
  const latch work = latch::spawn(system, 2);
  CHECK_THROWS_WITH_AS(latch::spawn(system, -1), "latch::spawn: -1 is less than 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)work.count_down(0), "latch::count_down: 0 is less than 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)work.arrive_and_wait(-1), "latch::arrive_and_wait: -1 is less than 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)work.enroll(work.coordinator(), 0), "latch::enroll: 0 is less than 1",
                       std::invalid_argument);
  CHECK_THROWS_AS((void)work.enroll(actor_ref<>{}), std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)work.wait(-1ns), "latch::wait: timeout is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(work.count_down(3).get(),
                       "latch::count_down: 3 is more than the 2 that are left", misuse_error);
  CHECK_THROWS_WITH_AS((void)work.arrive_and_wait(3).get(),
                       "latch::arrive_and_wait: 3 is more than the 2 that are left", misuse_error);
  CHECK(work.count().get() == 2);
  CHECK_THROWS_AS(latch::spawn_owned(1), misuse_error);
}

TEST_CASE("latch: one of nothing is open at once, and cannot be counted down") {
  actor_system system({.workers = 2});
  const latch work = latch::spawn(system, 0);
  CHECK(work.wait().get());
  CHECK_THROWS_AS(work.count_down().get(), misuse_error);
}

TEST_CASE(
    "latch: an enrolled party that ends breaks it, and is named; all others wait for nobody") {
  scene s(3);
  const auto dying = s.system.spawn<worker>(s.work);
  s.work.enroll(dying, 2).get();
  dying.ask(count{}).get();
  SUBCASE("by a crash") { dying.kill(); }
  SUBCASE("in peace") { dying.stop(); }
  end_of(s.system, s.waiting);
  INFO(s.how.error);
  CHECK(s.how.error.find("the latch is broken: latch_test::worker " + to_string(dying) +
                         " ended before it had counted down what it owed: ") == 0);
  CHECK_THROWS_AS((void)s.work.wait().get(), broken_error);
  CHECK_THROWS_AS((void)s.work.try_wait().get(), broken_error);
  s.work.count_down().get();  // who only counts is not told
  CHECK_THROWS_AS((void)s.work.arrive_and_wait().get(), broken_error);
  CHECK(s.work.broken().get());
  CHECK(s.work.describe().get() == "latch: broken");
}

TEST_CASE("latch: who has counted what it owes may end, whether it was enrolled before or after") {
  actor_system system({.workers = 2});
  const latch work = latch::spawn(system, 4);
  const auto early = system.spawn<worker>(work);
  const auto late = system.spawn<worker>(work);
  const auto stranger = system.spawn<worker>(work);
  work.enroll(early).get();
  early.ask(count{}).get();
  late.ask(count{}).get();
  stranger.ask(count{}).get();
  for (const actor_ref<>& each : {actor_ref<>(early), actor_ref<>(late), actor_ref<>(stranger)}) {
    each.kill();
    end_of(system, each);
  }
  work.enroll(late).get();
  work.count_down().get();
  CHECK(work.wait().get());
}

TEST_CASE("latch: enrolling the dead breaks it, unless it is open") {
  actor_system system({.workers = 2});
  const latch work = latch::spawn(system, 1);
  const latch open = latch::spawn(system, 0);
  const auto gone = system.spawn<worker>(work);
  gone.kill();
  end_of(system, gone);
  open.enroll(gone).get();
  work.enroll(gone).get();
  eventually([&] { return work.broken().get(); });
  CHECK(open.wait().get());
}

TEST_CASE("latch: a party that ends once it is open breaks nothing") {
  scene s(1);
  const auto party = s.system.spawn<worker>(s.work);
  s.work.enroll(party).get();
  s.work.count_down().get();
  party.kill();
  end_of(s.system, party);
  CHECK(s.work.wait().get());
}

TEST_CASE("latch: a waiter that ends is forgotten, as is one that gives up") {
  scene s(1);
  s.waiting.kill();
  eventually([&] { return s.work.waiting().get() == 0; });
  s.system.run([](latch work) -> task<void> {
    auto brief = work.coordinator().ask(messages::latch_wait{}, 1ms).result();
    CHECK((co_await brief).error().code == errc::timeout);
  }(s.work));
  eventually([&] { return s.work.waiting().get() == 0; });
  s.work.count_down().get();
  CHECK(s.work.wait().get());
}

TEST_CASE("latch: its end ends every wait") {
  scene s(1);
  s.work.coordinator().stop();
  end_of(s.system, s.waiting);
  CHECK(s.how.error.find("the actor is gone") == 0);
  CHECK_THROWS_AS((void)latch{}.wait().get(), actor_down);
}

}  // namespace latch_test
