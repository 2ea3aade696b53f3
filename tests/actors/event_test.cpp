// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/codec.hpp>
#include <troupe/event.hpp>

namespace event_test {

using namespace troupe;
using namespace std::chrono_literals;

struct flag_of {
  using reply = event;
};
class owner : public actor<flag_of> {
 public:
  event on(flag_of) { return flag_ ? flag_ : flag_ = event::spawn_owned(); }

 private:
  event flag_;
};

/// Waits for good, and says so to nobody.
behavior sleeper(mailbox<>, event flag) { (void)co_await flag.wait().result(); }

TEST_CASE("event: a negative timeout is refused before anything is sent") {
  actor_system system({.workers = 2});
  const event flag = event::spawn(system);
  CHECK_THROWS_WITH_AS((void)flag.wait(-1ns), "event::wait: timeout is negative",
                       std::invalid_argument);
}

TEST_CASE("event: the longest timeout there is means no timeout, not one that has passed") {
  actor_system system({.workers = 2});
  const event flag = event::spawn(system);
  system.spawn(
      [](mailbox<>, event e) -> behavior {
        (void)co_await e.wait(std::chrono::nanoseconds::max()).result();
      },
      flag);
  eventually([&] { return flag.waiting().get() == 1; });
  CHECK_FALSE(flag.wait(10ms).get());
  CHECK(flag.waiting().get() == 1);
}

TEST_CASE("event: a wait that was told instead of asked leaves nobody in line") {
  actor_system system({.workers = 2});
  const event flag = event::spawn(system);
  flag.coordinator().tell(messages::event_wait{});
  CHECK(flag.waiting().get() == 0);
}

TEST_CASE("event: a default-made handle refers to nothing and says so") {
  actor_system system({.workers = 2});
  const event none;
  CHECK_FALSE(none);
  CHECK_THROWS_AS(none.set().get(), actor_down);
  CHECK(event::spawn(system) != none);
}

TEST_CASE("event: an owned one ends with its owner, and its waiters learn it") {
  actor_system system({.workers = 2});
  const auto who = system.spawn<owner>();
  const event flag = who.ask(flag_of{}).get();
  CHECK_FALSE(flag.is_set().get());
  const auto waiting = system.spawn<sleeper>(flag);
  eventually([&] { return flag.waiting().get() == 1; });
  who.stop();
  const auto end_of = [](auto ref) -> task<exit_reason> { co_return co_await ended(ref); };
  system.run(end_of(flag.coordinator()));
  system.run(end_of(waiting));
  CHECK_THROWS_AS((void)flag.is_set().get(), actor_down);
}

TEST_CASE("event: only an actor can own one") {
  CHECK_THROWS_AS(event::spawn_owned(), misuse_error);
}

TEST_CASE("event: a handle is sixteen bytes on the wire, like the address that it is") {
  static_assert(encodable<event> && std::is_trivially_copyable_v<event>);
  actor_system system({.workers = 2});
  byte_buffer out;
  encode(out, event::spawn(system));
  CHECK(out.size() == 16);
  byte_buffer none;
  encode(none, event{});
  const auto back = decode<event>(none.bytes());
  REQUIRE(back.has_value());
  CHECK_FALSE(*back);
}

}  // namespace event_test
