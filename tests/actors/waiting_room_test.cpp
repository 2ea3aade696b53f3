// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <eventually.hpp>
#include <troupe/actor_system.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace waiting_room_test {

using namespace troupe;
using namespace std::chrono_literals;

struct enter {
  using reply = int;
  std::uint32_t room = 0;
  int note = 0;
  std::optional<std::chrono::nanoseconds> timeout = {};
};
struct serve_first {
  using reply = int;  ///< the note of who was served
  std::uint32_t room = 0;
};
struct in_line {
  using reply = std::size_t;
  std::uint32_t room = 0;
};
struct watched_now {
  using reply = std::size_t;
};

/// Two lines of people, served on demand; who waited too long gets -1.
class counter : public actor<enter, serve_first, in_line, watched_now, detail::wait_expired,
                             detail::wait_withdrawn> {
 public:
  promise<int> on(enter m) {
    auto answer = make_promise<int>();
    rooms_[m.room].park(answer, m.timeout, m.note);
    return answer;
  }
  int on(serve_first m) {
    auto first = rooms_[m.room].take_first();
    first.answer.set_value(first.note);
    return first.note;
  }
  std::size_t on(in_line m) const { return rooms_[m.room].size(); }
  std::size_t on(watched_now) const { return watched_.size(); }
  void on(detail::wait_expired news) {
    for (auto& room : rooms_) {
      if (auto late = room.take_expired(news)) late->answer.set_value(-1);
    }
  }
  void on(const detail::wait_withdrawn& news) {
    for (auto& room : rooms_) room.take_withdrawn(news);
  }
  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    for (auto& room : rooms_) room.take_ended(*whom);
  }

 private:
  using room = detail::waiting_room<int, int>;
  detail::watch_list watched_{home()};
  room rooms_[2] = {room(home(), watched_, 0), room(home(), watched_, 1)};
};
using counter_ref = actor_ref<enter, serve_first, in_line, watched_now>;

/// Enters, then says what it got.
behavior customer(mailbox<> mail, counter_ref at, enter how) {
  (void)mail;
  (void)co_await at.ask(how).result();
}

struct shop {
  actor_system system{{.workers = 2}};
  counter_ref at = system.spawn<counter>();

  auto come(enter how) {
    const std::size_t before = at.ask(in_line{how.room}).get();
    auto who = system.spawn<customer>(at, how);
    eventually([&] { return at.ask(in_line{how.room}).get() != before; });
    return who;
  }
};

TEST_CASE("waiting room: first come, first served") {
  shop s;
  for (int i = 1; i <= 4; ++i) s.come({0, i});
  for (int i = 1; i <= 4; ++i) CHECK(s.at.ask(serve_first{}).get() == i);
}

TEST_CASE(
    "waiting room: the dead and the late drop out of the middle, the others keep their order") {
  shop s;
  s.come({0, 1});
  auto dead = s.come({0, 2});
  s.come({0, 3});
  CHECK(s.at.ask(enter{0, 4, 5ms}).get() == -1);
  s.come({0, 5});
  dead.kill();
  eventually([&] { return s.at.ask(in_line{}).get() == 3; });
  for (const int i : {1, 3, 5}) CHECK(s.at.ask(serve_first{}).get() == i);
}

TEST_CASE("waiting room: who gives up leaves the line, by its own deadline or by a stop token") {
  shop s;
  s.come({0, 1});
  std::stop_source enough;
  const auto give_up = s.system.spawn(
      [](mailbox<>, counter_ref at, std::stop_token token,
         std::chrono::nanoseconds patience) -> behavior {
        auto asked = at.ask(enter{0, 2}, patience, token).result();
        CHECK((co_await asked).error().code == errc::cancelled);
        auto late = at.ask(enter{0, 3}, 1ms).result();
        CHECK((co_await late).error().code == errc::timeout);
      },
      s.at, enough.get_token(), 0ns);
  eventually([&] { return s.at.ask(in_line{0}).get() == 2; });
  enough.request_stop();
  s.system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(give_up));
  eventually([&] { return s.at.ask(in_line{0}).get() == 1; });
  CHECK(s.at.ask(serve_first{}).get() == 1);
  CHECK(s.system.dead_letters() == 0);
}

TEST_CASE("waiting room: two rooms of one coordinator do not mistake each other's timers") {
  shop s;
  s.come({1, 7});
  CHECK(s.at.ask(enter{0, 1, 5ms}).get() == -1);
  CHECK(s.at.ask(in_line{0}).get() == 0);
  CHECK(s.at.ask(in_line{1}).get() == 1);
}

TEST_CASE("waiting room: an actor is watched once however often it waits, and until it ends") {
  shop s;
  const std::size_t before = s.at.ask(watched_now{}).get();
  std::size_t during = 0;
  s.system.run([](counter_ref at, std::size_t& during) -> task<void> {
    for (int i = 0; i < 100; ++i) co_await at.ask(enter{0, 0, 0ns});
    during = co_await at.ask(watched_now{});
  }(s.at, during));
  CHECK(during == before + 1);
  eventually([&] { return s.at.ask(watched_now{}).get() == before; });
}

}  // namespace waiting_room_test
