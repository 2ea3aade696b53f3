// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/pledge.hpp>
#include <troupe/thread_mailbox.hpp>
#include <troupe/when.hpp>

namespace future_test {

using namespace troupe;
using namespace std::chrono_literals;

struct go {};

behavior waiter(mailbox<>, future<std::string> what, actor_ref<std::string> to) {
  to.tell(co_await what.wait());
}
/// Keeps it once it is told to, if it lives to see that.
behavior keeper(mailbox<go> mail, pledge<int> p, int value) {
  co_await mail.receive<go>();
  co_await p.set_value(value);
}
behavior spawner(mailbox<go> mail, actor_ref<pledge<int>> to) {
  to.tell(pledge<int>::spawn_owned());
  co_await mail.receive<go>();
}
task<int> sum_of(future<int> a, future<int> b) {
  const auto [x, y] = co_await when_all(a.wait(), b.wait());
  co_return *x + *y;
}
task<exit_reason> end_of(actor_ref<> who) { co_return co_await ended(who); }

/// How a wait ends.
failure why_not(const future<int>& f) {
  try {
    (void)f.wait().get();
  } catch (const error& e) {
    return e.details();
  }
  return {};
}

TEST_CASE("future: what is set once comes to all who wait, and to all who come later") {
  actor_system system({.workers = 2});
  const auto p = pledge<std::string>::spawn(system);
  const future<std::string> f = p.get_future();
  auto mail = system.open_mailbox<std::string>();
  for (int i = 0; i < 3; ++i) system.spawn<waiter>(f, mail.ref());
  eventually([&] { return f.waiting().get() == 3; });
  CHECK(f.describe().get() == "future: 3 waiting");
  CHECK_FALSE(f.is_ready().get());
  CHECK(p.set_value("come").get());
  for (int i = 0; i < 3; ++i) CHECK(mail.receive<std::string>(far_too_long) == "come");
  CHECK_FALSE(p.set_value("again").get());
  CHECK_FALSE(p.set_exception(std::runtime_error("late")).get());
  CHECK(f.wait().get() == "come");
  CHECK(f.is_ready().get());
  CHECK(f.describe().get() == "future: has come");
}

TEST_CASE("future: an exception comes with type and text") {
  actor_system system({.workers = 2});
  const auto p = pledge<int>::spawn(system);
  CHECK(p.set_exception(std::runtime_error("no luck")).get());
  CHECK_THROWS_WITH_AS((void)p.get_future().wait().get(), "std::runtime_error: no luck",
                       handler_error);
  CHECK_THROWS_AS((void)p.get_future().wait(1s).get(), handler_error);
  CHECK(p.get_future().describe().get() == "future: failed: std::runtime_error: no luck");
}

TEST_CASE("future: a wait with a time limit gives nothing when the time is up, never before") {
  actor_system system({.workers = 2});
  const auto p = pledge<int>::spawn(system);
  const auto f = p.get_future();
  CHECK_FALSE(f.wait(0ns).get());
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(f.wait(20ms).get());
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  CHECK(f.waiting().get() == 0);
  CHECK(p.set_value(5).get());
  CHECK(f.wait(0ns).get() == 5);
  CHECK_THROWS_WITH_AS((void)f.wait(-1ns), "future::wait: timeout is negative",
                       std::invalid_argument);
}

TEST_CASE("future: of void, it says that something has come") {
  actor_system system({.workers = 2});
  const auto p = pledge<void>::spawn(system);
  CHECK_FALSE(p.get_future().wait(1ms).get());
  CHECK(p.set_value().get());
  CHECK(p.get_future().wait(1ms).get());
  p.get_future().wait().get();
}

TEST_CASE("future: several can be awaited together") {
  actor_system system({.workers = 2});
  const auto a = pledge<int>::spawn(system);
  const auto b = pledge<int>::spawn(system);
  CHECK(a.set_value(3).get());
  CHECK(b.set_value(4).get());
  CHECK(system.run(sum_of(a.get_future(), b.get_future())) == 7);
}

TEST_CASE("pledge: it is broken when its holder ends, by a crash or in peace, and names it") {
  actor_system system({.workers = 2});
  for (const bool peaceful : {false, true}) {
    const auto p = pledge<int>::spawn(system);
    const auto holder = system.spawn<keeper>(p, 1);
    p.held_by(holder).get();
    auto waits = p.get_future().wait();
    peaceful ? holder.stop() : holder.kill();
    CHECK_THROWS_AS((void)std::move(waits).get(), broken_promise);
    const failure why = why_not(p.get_future());
    CHECK(why.code == errc::broken_promise);
    CHECK(why.text.find(to_string(holder)) != std::string::npos);
    CHECK(why.text.find(to_string(why.reason)) != std::string::npos);
    CHECK_FALSE(p.set_value(2).get());
  }
}

TEST_CASE("pledge: its owner holds it, and may end when it has been handed on") {
  actor_system system({.workers = 2});
  for (const bool handed_on : {false, true}) {
    auto mail = system.open_mailbox<pledge<int>>();
    const auto first = system.spawn<spawner>(mail.ref());
    const auto p = mail.receive<pledge<int>>(far_too_long);
    REQUIRE(p);
    const auto second = system.spawn<keeper>(*p, 9);
    if (handed_on) p->held_by(second).get();
    first.kill();
    system.run(end_of(first));
    if (!handed_on) {
      CHECK(why_not(p->get_future()).code == errc::broken_promise);
    } else {
      CHECK_FALSE(p->get_future().wait(1ms).get());
      second.tell(go{});
      CHECK(p->get_future().wait().get() == 9);
    }
  }
}

TEST_CASE("pledge: one that is kept is not broken any more") {
  actor_system system({.workers = 2});
  const auto p = pledge<int>::spawn(system);
  const auto holder = system.spawn<keeper>(p, 1);
  p.held_by(holder).get();
  holder.tell(go{});
  CHECK(p.get_future().wait().get() == 1);
  system.run(end_of(holder));
  CHECK(p.get_future().wait().get() == 1);
  CHECK_THROWS_AS(p.held_by(actor_ref<>{}).get(), misuse_error);
  CHECK_THROWS_AS(pledge<int>::spawn_owned(), misuse_error);
}

TEST_CASE("future: its end is told to all who wait, and to who comes later") {
  actor_system system({.workers = 2});
  const auto p = pledge<int>::spawn(system);
  p.coordinator().kill();
  CHECK_THROWS_AS((void)p.get_future().wait().get(), actor_down);
  CHECK_THROWS_AS((void)future<int>().wait().get(), actor_down);
}

}  // namespace future_test
