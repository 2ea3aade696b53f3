// SPDX-License-Identifier: BSD-3-Clause
// Links of siblings: what is taken back or refused, what they cost, and the end of those who gave them.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "introduction.hpp"
#include "kin.hpp"
#include "raw_peer.hpp"

namespace sibling_end_test {

using namespace kin;

TEST_CASE(
    "siblings: a question that is handed on is answered, or fails with whom it was handed to") {
  stage s("siblings: handed on");
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    child asker = make_child(s), front = make_child(s), last = make_child(s);
    if (round & 1) wait_until_direct(s, asker, front);
    if (round & 2) wait_until_direct(s, front, last);
    if (round & 4) wait_until_direct(s, asker, last);
    for (int again = 0; again < 20; ++again)
      CHECK(asker.speaks.ask(ask_through{front.speaks, last.hears}).get() == "42");
    auto waiting = std::async(std::launch::async, [&] {
      return asker.speaks.ask(ask_through{front.speaks, last.hears, true}).get();
    });
    eventually([&] { return last.hears.ask(held_back{}).get() == 1; });
    front.self.kill();
    CHECK(end_of(s.system, front.self).signal == SIGKILL);
    CHECK(asker.speaks.ask(ask_numbers{last.hears, 3}).get() == 3);
    CHECK(waiting.wait_for(0s) == std::future_status::timeout);  // the front is not asked any more
    last.self.kill();
    CHECK(within(std::move(waiting)).find("signal 9") != std::string::npos);
    asker.self.kill();
  }
}

TEST_CASE("siblings: a question is taken back on the way that it has gone") {
  stage s("siblings: taken back");
  for (const bool direct_before : {false, true}) {
    CAPTURE(direct_before);
    const child one = make_child(s), other = make_child(s);
    const auto at_home = s.system.spawn<quick>();
    if (direct_before) wait_until_direct(s, one, other);
    auto waiting = std::async(
        std::launch::async, [&] { return one.speaks.ask(ask_either{at_home, other.hears}).get(); });
    eventually([&] { return other.hears.ask(digging{}).get()[0] == 1; });
    if (!direct_before) wait_until_direct(s, one, other);
    CHECK(other.hears.ask(digging{}).get()[1] == 0);
    at_home.tell(now{});
    CHECK(within(std::move(waiting)) == 1);
    eventually([&] { return other.hears.ask(digging{}).get()[1] == 1; });
  }
}

TEST_CASE("siblings: without descriptors for it they go on through their parent") {
  stage s("siblings: no descriptors");
  SUBCASE("in the parent") {
    if (!can_be_without_descriptors) return;
    const child one = make_child(s), other = make_child(s);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit few = before;
    few.rlim_cur = 3;  // whatever is open stays open
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    const std::uint64_t right = one.speaks.ask(ask_numbers{other.hears, 100}).get();
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(right == 100);
    CHECK(frames_passed(s) >= 200);
  }
  SUBCASE("in a child") {
    const child like_it = make_child(s);
    const std::uint64_t open = like_it.speaks.ask(resources{}).get()[0];
    process_options options;
    options.limits.open_files = open;
    const child one = make_child(s, options), other = make_child(s);
    for (int again = 0; again < 10; ++again) {
      CHECK(one.speaks.ask(ask_numbers{other.hears, 20}).get() == 20);
      CHECK(other.speaks.ask(ask_numbers{one.hears, 20}).get() == 20);
    }
    CHECK(frames_passed(s) >= 800);
    CHECK(other.speaks.ask(resources{}).get()[0] <= open + 1);  // the one that reads the list
  }
}

TEST_CASE("siblings: a direct link takes three descriptors, and gives them back") {
  stage s("siblings: descriptors");
  const child one = make_child(s);
  const std::uint64_t before = one.speaks.ask(resources{}).get()[0];
  for (int round = 0; round < 3; ++round) {
    child other = make_child(s);
    wait_until_direct(s, one, other);
    CHECK(one.speaks.ask(resources{}).get()[0] == before + 3);
    round == 0 ? other.self.stop() : other.self.kill();
    end_of(s.system, other.self);
    eventually([&] { return one.speaks.ask(resources{}).get()[0] == before; });
  }
}

TEST_CASE("siblings: when their parent is killed, both end") {
  stage s("siblings: orphans");
  process parent = s.start();
  const auto raising = s.spawn_in<mother>(parent);
  const auto pids = raising.ask(raise_two{}).get();
  REQUIRE(pids.size() == 2);
  parent.kill();
  CHECK(end_of(s.system, parent).signal == SIGKILL);
  for (const std::int64_t pid : pids) {
    eventually([&] {
      const char state = census::state_of(pid);
      return state == 0 || state == 'Z';
    });
  }
}

TEST_CASE("siblings: an introduction by anybody but the parent is refused") {
  using namespace detail;
  deadline limit("siblings: forged introductions");
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  {
    actor_system system({.workers = 2, .shutdown_timeout = 2s});
    const auto forged = [](std::uint64_t node) {
      introduction news;
      news.whom = news.node = node;
      return news;
    };
    SUBCASE("by whoever is at the end of a link") {
      raw_peer peer(system);
      peer.greet();
      CHECK(peer.send(raw_peer::frame_bytes(frame{}, forged(7))));
      CHECK(within(std::move(peer.ended())) == "news of the family that only a parent brings");
    }
    SUBCASE("by one whose word the parent passes on") {
      process p = system.run(system.start_process({}));
      auto spawning = [](process p) -> task<mouth_ref> {
        auto making = p.spawn<mouth>();
        co_return co_await std::move(making);
      };
      const mouth_ref there = system.run(spawning(p));
      const auto open = there.ask(resources{}).get()[0];
      raw_peer peer(system);
      peer.greet();
      frame f;
      f.flags = route_flag;
      f.node = there.where().home->node_id;
      f.generation = 1;
      CHECK(peer.send(raw_peer::frame_bytes(f, forged(peer.node()))));
      CHECK(peer.send(raw_peer::frame_bytes(f, old_way_ends{peer.node(), 1})));
      CHECK(peer.send(raw_peer::frame_bytes(f, sibling_over{peer.node(), 1, {}})));
      CHECK(peer.send(raw_peer::frame_bytes(f, handed_on{peer.node(), 1, 1, 1, 1})));
      eventually([&] { return nodes::of(system.core()).frames_passed() == 4; });
      CHECK(there.ask(resources{}).get()[0] == open);
      CHECK(p.is_alive());
    }
  }
  std::signal(SIGPIPE, before);
}

}  // namespace sibling_end_test
