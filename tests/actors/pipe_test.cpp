// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/pipe.hpp>

namespace pipe_test {

using namespace troupe;
using namespace std::chrono_literals;

struct parcel {
  std::unique_ptr<int> content;
};

/// Holds an end: asks at it once, then waits for good.
behavior reader(mailbox<>, connection<int> end) {
  (void)co_await end.receive();
  (void)co_await end.receive();
}
behavior writer(mailbox<>, connection<int> end, int count) {
  for (int i = 0; i < count; ++i) co_await end.send(i);
}
behavior failing(mailbox<>, connection<int> end) {
  co_await end.send(1);
  throw std::runtime_error("planned");
}

exit_reason end_of(actor_system& system, actor_ref<> whom) {
  return system.run([](actor_ref<> w) -> task<exit_reason> {
    exit_reason why = co_await ended(w);
    co_return why;
  }(whom));
}

TEST_CASE("pipe: a capacity of nothing is refused by name") {
  actor_system system({.workers = 1});
  CHECK_THROWS_WITH_AS((void)pipe<int>(system, {.messages_max = 0}),
                       "pipe_options.messages_max is 0; at least 1 is needed",
                       std::invalid_argument);
}

TEST_CASE("pipe: both directions have a bound of their own, and waiting senders come in in order") {
  actor_system system({.workers = 2});
  const auto [one, two] = pipe<int>(system, {.messages_max = 1});
  one.send(1).get();
  two.send(2).get();
  CHECK_THROWS_AS(one.send(3, 0s).get(), timeout_error);
  const auto late = system.spawn<&writer>(one, 20);
  CHECK(two.receive().get() == 1);
  for (int i = 0; i < 20; ++i) CHECK(two.receive().get() == i);
  CHECK(one.receive().get() == 2);
  (void)end_of(system, late);
}

TEST_CASE("pipe: what is moved only goes through as well") {
  actor_system system({.workers = 1});
  const auto [in, out] = one_way_pipe<parcel>(system);
  out.send(parcel{std::make_unique<int>(7)}).get();
  const auto got = in.receive().get();
  REQUIRE(got);
  CHECK(*got->content == 7);
}

TEST_CASE("pipe: an actor that ends in peace may have handed its end on") {
  actor_system system({.workers = 2});
  const auto [in, out] = one_way_pipe<int>(system);
  CHECK(end_of(system, system.spawn<&writer>(out, 3)).what != exit_reason::cause::error);
  out.send(99).get();
  for (int expected : {0, 1, 2, 99}) CHECK(in.receive().get() == expected);
  CHECK_THROWS_AS((void)in.receive(0s).get(), timeout_error);
}

TEST_CASE("pipe: the last user that fails closes its end, not one of several") {
  actor_system system({.workers = 2});
  const auto [in, out] = one_way_pipe<int>(system);
  const auto other = system.spawn<&reader>(in);  // so that both are in use
  out.send(0).get();
  const auto lasting = system.spawn(
      [](mailbox<>, connection<int> end) -> behavior {
        co_await end.send(5);
        co_await sleep_for(10h);
      },
      out);
  eventually([&] { return in.poll(1s).get() || true; });
  (void)end_of(system, system.spawn<&failing>(out));
  out.send(2).get();
  other.kill();
  (void)end_of(system, other);
  lasting.kill();
  (void)end_of(system, lasting);
  eventually([&] {
    try {
      out.send(3, 0s).get();
    } catch (const error&) {
      return true;
    }
    return false;
  });
}

TEST_CASE("pipe: a message does not go to a receiver who has given up") {
  actor_system system({.workers = 2});
  const auto [in, out] = one_way_pipe<int>(system);
  for (int i = 0; i < 20; ++i) {
    CHECK_THROWS_AS((void)system.run([](connection<int> end) -> task<int> {
      // The whole question gives up, not the pipe's own timeout.
      auto asking = end.coordinator().ask(messages::pipe_receive<int>{0, {}}, 1ms);
      auto got = co_await std::move(asking);
      co_return *got;
    }(in)),
                    timeout_error);
  }
  out.send(7).get();
  CHECK(in.receive().get() == 7);
}

TEST_CASE("pipe: when its coordinator is gone, both ends say so") {
  actor_system system({.workers = 2});
  const auto [one, two] = pipe<int>(system);
  one.coordinator().kill();
  (void)end_of(system, one.coordinator());
  CHECK_THROWS_AS(one.send(1).get(), actor_down);
  CHECK_THROWS_AS((void)two.receive().get(), actor_down);
  const std::vector<std::size_t> ready = system.run(wait_ready({one, two}));
  CHECK(ready == std::vector<std::size_t>{0, 1});
}

TEST_CASE("ready: many rounds of waiting leave nothing behind") {
  actor_system system({.workers = 2});
  const auto idle = pipe<int>(system);
  const auto busy = pipe<int>(system);
  const auto lasting = system.spawn<&reader>(idle.second);
  for (int i = 0; i < 500; ++i) {
    auto waiting = std::async(std::launch::async, [&] {
      return system.run(wait_ready({idle.first, busy.first, lasting}, std::optional(60s)));
    });
    busy.second.send(i).get();
    CHECK(waiting.get() == std::vector<std::size_t>{1});
    CHECK(busy.first.receive().get() == i);
  }
  idle.second.send(1).get();
  CHECK(system.run(wait_ready({idle.first, busy.first, lasting})) == std::vector<std::size_t>{0});
}

TEST_CASE("ready: nothing to wait for is nothing ready, and no end is ready before it ends") {
  actor_system system({.workers = 2});
  CHECK(system.run(wait_ready({}, std::optional(1ms))).empty());
  CHECK(system.run(wait_ready({})).empty());
  const auto [in, out] = one_way_pipe<int>(system);
  const auto one = system.spawn<&reader>(in);
  const auto two = system.spawn<&reader>(in);
  const auto wait = [&](std::chrono::nanoseconds limit) {
    return system.run(wait_ready(std::vector<waitable>{one, two}, limit));
  };
  CHECK(wait(1ms).empty());
  two.kill();
  CHECK(wait(60s) == std::vector<std::size_t>{1});
  CHECK_THROWS_AS((void)waitable(out), misuse_error);
}

}  // namespace pipe_test
