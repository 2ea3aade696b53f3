// SPDX-License-Identifier: BSD-3-Clause
// Children of one process talk to each other directly, from the first time on, and nobody notices but by the
// clock.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kin.hpp"

namespace sibling_test {

using namespace kin;

TEST_CASE("siblings: talk directly from the first time on, and their parent has nothing to do") {
  stage s("siblings: directly");
  const child one = make_child(s), other = make_child(s);
  CHECK(frames_passed(s) == 0);
  wait_until_direct(s, one, other);
  const std::uint64_t before = frames_passed(s);
  CHECK(before > 0);
  CHECK(one.speaks.ask(ask_numbers{other.hears, 1000}).get() == 1000);
  CHECK(other.speaks.ask(tell_numbers{0, 10'000, {one.hears}}).get() == 10'000);
  CHECK(heard(one.hears, 10'000) == std::vector<std::uint64_t>{10'000, 0});
  CHECK(one.speaks.ask(send_pages{other.hears, 100, 100'000}).get() == 100);
  CHECK(other.hears.ask(seen{}).get() == std::vector<std::uint64_t>{100, 0});
  freeze(one.self);  // and where it does not listen, it holds up nobody
  CHECK(other.speaks.ask(ask_numbers{other.hears, 10}).get() == 10);
  thaw(one.self);
  CHECK(frames_passed(s) == before);
}

TEST_CASE("siblings: mail stays in order while it goes over to the direct way, under load") {
  stage s("siblings: in order");
  constexpr std::uint64_t numbers = 1500;
  constexpr std::size_t children = 5, speakers = 2;
  for (int round = 0; round < 6; ++round) {
    std::vector<child> all;
    std::vector<std::vector<mouth_ref>> speak(children);
    for (std::size_t i = 0; i < children; ++i) {
      all.push_back(make_child(s));
      for (std::size_t n = 0; n < speakers; ++n) speak[i].push_back(s.spawn_in<mouth>(all[i].self));
    }
    std::vector<std::future<std::uint64_t>> told, asked;
    for (std::size_t i = 0; i < children; ++i) {
      std::vector<ear_ref> others;
      for (std::size_t k = 0; k < children; ++k)
        if (k != i) others.push_back(all[k].hears);
      for (std::size_t n = 0; n < speakers; ++n) {
        told.push_back(std::async(std::launch::async, [=, who = speak[i][n]] {
          return who.ask(tell_numbers{i * speakers + n, numbers, others}).get();
        }));
      }
      asked.push_back(std::async(std::launch::async, [=, who = all[i].speaks] {
        std::uint64_t right = 0;
        for (int again = 0; again < 10; ++again) {
          for (const ear_ref& each : others) right += who.ask(ask_numbers{each, 5}).get();
        }
        return right;
      }));
    }
    for (auto& each : told) CHECK(within(std::move(each)) == numbers);
    for (auto& each : asked) CHECK(within(std::move(each)) == 10 * 5 * (children - 1));
    for (const child& each : all) {
      const std::uint64_t wanted = (children - 1) * speakers * numbers;
      CHECK(heard(each.hears, wanted) == std::vector<std::uint64_t>{wanted, 0});
    }
    for (child& each : all) each.self.kill();
  }
  CHECK(s.system.dead_letters() == 0);
}

TEST_CASE("siblings: questions asked across the change are answered, each once") {
  stage s("siblings: questions");
  for (int round = 0; round < 20; ++round) {
    child one = make_child(s), other = make_child(s);
    std::vector<std::future<std::uint64_t>> all;
    for (int n = 0; n < 8; ++n) {
      const auto& [from, to] =
          n % 2 == 0 ? std::pair{one.speaks, other.hears} : std::pair{other.speaks, one.hears};
      all.push_back(std::async(std::launch::async, [from = from, to = to] {
        return from.ask(ask_numbers{to, 200}).get();
      }));
    }
    for (auto& each : all) CHECK(within(std::move(each)) == 200);
    one.self.kill();
    other.self.kill();
  }
}

TEST_CASE("siblings: an end is told once, after the last message, whenever the watch was set") {
  stage s("siblings: an end");
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    child one = make_child(s), other = make_child(s);
    const auto watching = s.spawn_in<witness>(one.self);
    const auto talking = s.spawn_in<chatterer>(other.self);
    if (round % 3 == 2) wait_until_direct(s, one, other);
    CHECK(watching.ask(watch{talking}).get());
    talking.tell(chatter{watching});
    if (round % 3 == 1) wait_until_direct(s, one, other);
    talking.ask(twice{1}).get();
    other.self.kill();
    const auto all = watching.ask(report{}).get();
    CHECK(all[1] == 0);
    CHECK(all[2] == 1);
    CHECK(all[3] == SIGKILL);
    (void)s.start({}).stop();  // there has been time for more
    CHECK(watching.ask(report{}).get() == all);
    one.self.kill();
  }
}

TEST_CASE("siblings: what is asked of one that is killed fails with the reason") {
  stage s("siblings: asked of the dead");
  for (int round = 0; round < 6; ++round) {
    child one = make_child(s), other = make_child(s);
    if (round % 2 == 0) wait_until_direct(s, one, other);
    auto waiting = std::async(std::launch::async,
                              [&] { return one.speaks.ask(ask_never{other.hears}).get(); });
    eventually([&] { return other.hears.ask(held_back{}).get() == 1; });
    other.self.kill();
    const std::string why = within(std::move(waiting));
    CHECK(why.find("signal 9") != std::string::npos);
    CHECK(one.speaks.ask(ask_never{other.hears}).get() == why);
    one.self.kill();
  }
}

TEST_CASE("siblings: one that is stopped costs little memory and slows nobody") {
  stage s("siblings: one is stopped");
  child one = make_child(s), other = make_child(s), third = make_child(s);
  wait_until_direct(s, one, other);
  wait_until_direct(s, one, third);
  const auto before = one.speaks.ask(resources{}).get();
  freeze(other.self);
  constexpr std::uint64_t pages = 100;
  auto all_sent = std::async(std::launch::async, [&] {
    return one.speaks.ask(send_pages{other.hears, pages, 1u << 20}).get();
  });
  for (int i = 0; i < 100; ++i) {
    CHECK(one.speaks.ask(ask_numbers{third.hears, 5}).get() == 5);
    CHECK(third.speaks.ask(ask_numbers{one.hears, 5}).get() == 5);
    CHECK(one.speaks.ask(sent_so_far{}).get() < 8);
  }
  CHECK(one.speaks.ask(resources{}).get()[1] < before[1] + (64u << 20));
  thaw(other.self);
  CHECK(within(std::move(all_sent)) == pages);
  CHECK(other.hears.ask(seen{}).get() == std::vector<std::uint64_t>{pages, 0});
}

}  // namespace sibling_test
