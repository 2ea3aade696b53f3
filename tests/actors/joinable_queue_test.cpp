// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/joinable_queue.hpp>

namespace joinable_queue_test {

using namespace troupe;
using namespace std::chrono_literals;

using jobs = joinable_queue<int>;

struct never {};

/// Takes so many and keeps them, until it is ended.
behavior hoarder(mailbox<never> mail, jobs from, int items) {
  for (int i = 0; i < items; ++i) (void)co_await from.get();
  co_await mail.receive<never>();
}
behavior worker(mailbox<>, jobs from) {
  while (auto item = co_await from.get()) co_await from.task_done();
}
task<exit_reason> end_of(actor_ref<> who) { co_return co_await ended(who); }

TEST_CASE("joinable_queue: join waits until all is done, and says that nothing has failed") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system);
  CHECK(q.join().get());
  (void)q.put_many({1, 2, 3}).get();
  system.spawn<worker>(q);
  CHECK(q.join().get());
  CHECK(q.qsize().get() == 0);
}

TEST_CASE("joinable_queue: bad use is named") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system);
  CHECK_THROWS_WITH_AS(
      q.task_done().get(),
      "joinable_queue::task_done: called too often: 1 said to be done, 0 taken and not yet done",
      misuse_error);
  (void)q.put(1).get();
  CHECK_THROWS_AS(q.task_done().get(), misuse_error);  // put, but taken by nobody
  CHECK_THROWS_WITH_AS(
      jobs::spawn(system, {.deliveries = 0}),
      "joinable_queue_options.deliveries is 0; an item is handed out at least once",
      std::invalid_argument);
}

TEST_CASE("joinable_queue: what a consumer has not done when it ends has failed, with its name") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system);
  (void)q.put_many({1, 2}).get();
  const auto dying = system.spawn<hoarder>(q, 2);
  eventually([&] { return q.qsize().get() == 0; });
  auto joiner = q.join();
  dying.kill();
  const auto all = std::move(joiner).get();
  CHECK_FALSE(all);
  CHECK(all.failures == 2);
  REQUIRE(all.failed.size() == 2);
  CHECK(all.failed[1].item == 2);
  CHECK(all.failed[0].why.find(to_string(dying)) != std::string::npos);
  CHECK(all.failed[0].why.find("ended before it was done: killed") != std::string::npos);
  CHECK(q.join().get().failures == 2);  // until something is put
  (void)q.put(3).get();
  system.spawn<worker>(q);
  CHECK(q.join().get());
}

TEST_CASE("joinable_queue: or it is handed out again, as often as the option says") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system, {.deliveries = 2});
  (void)q.put_many({1, 2}).get();
  const auto first = system.spawn<hoarder>(q, 2);
  eventually([&] { return q.qsize().get() == 0; });
  first.stop();
  system.run(end_of(first));
  eventually([&] { return q.qsize().get() == 2; });
  const auto second = system.spawn<hoarder>(q, 1);
  eventually([&] { return q.qsize().get() == 1; });
  second.stop();
  system.spawn<worker>(q);
  const auto all = q.join().get();
  CHECK(all.failures == 1);
  CHECK(all.failed.at(0).item == 1);
}

TEST_CASE("joinable_queue: after a shutdown nothing is handed out again, so join returns") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system, {.deliveries = 9});
  (void)q.put(1).get();
  const auto dying = system.spawn<hoarder>(q, 1);
  eventually([&] { return q.qsize().get() == 0; });
  q.shutdown().get();
  dying.kill();
  CHECK(q.join().get().failures == 1);
}

TEST_CASE("joinable_queue: items taken by a plain thread are done by whoever says so") {
  actor_system system({.workers = 2});
  const auto q = jobs::spawn(system);
  (void)q.put_many({1, 2, 3}).get();
  CHECK(*q.get_many(3).get() == std::vector{1, 2, 3});
  q.task_done().get();
  q.task_done(2).get();
  CHECK(q.join().get());
  CHECK_THROWS_AS(q.task_done().get(), misuse_error);
}

}  // namespace joinable_queue_test
