// SPDX-License-Identifier: BSD-3-Clause
// Children of different processes, and uncles and nephews, talk to each other directly, as siblings do.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "introduction.hpp"
#include "kin.hpp"
#include "raw_peer.hpp"

namespace cousin_test {

using namespace kin;

namespace {

/// A process far below the test's, and who lives there.
struct grown {
  std::int64_t pid = 0;
  mouth_ref speaks;
  ear_ref hears;
  actor_ref<watch, numbered, report> watches;
  actor_ref<chatter, twice> talks;
};
struct bring_up {
  using reply = grown;
  std::uint64_t open_files = 0;
  bool by_fork = false;
};
/// Of whom nobody above has heard.
struct bring_up_for {
  using reply = std::uint64_t;
  mouth_ref whom;
};
struct bring_up_elder {
  using reply = actor_ref<bring_up, bring_up_for>;
};
using elder_ref = actor_ref<bring_up, bring_up_for, bring_up_elder>;

class elder : public actor<bring_up, bring_up_for, bring_up_elder> {
 public:
  static constexpr bool reentrant = true;
  task<grown> on(bring_up m) {
    process_options options;
    if (m.by_fork) options.method = start_method::fork;
    if (m.open_files != 0) options.limits.open_files = m.open_files;
    auto starting = system().start_process(std::move(options));
    process made = co_await std::move(starting);
    auto mouths = made.spawn<mouth>();
    auto ears = made.spawn<ear>();
    auto watching = made.spawn<witness>();
    auto talking = made.spawn<chatterer>();
    grown all{made.pid(), co_await std::move(mouths), co_await std::move(ears),
              co_await std::move(watching), co_await std::move(talking)};
    children_.push_back(std::move(made));
    co_return all;
  }
  task<std::uint64_t> on(bring_up_for m) {
    auto starting = system().start_process({});
    children_.push_back(co_await std::move(starting));
    auto ears = children_.back().spawn<ear>();
    const ear_ref made = co_await std::move(ears);
    auto asking = m.whom.ask(ask_numbers{made, 5});
    const std::uint64_t right = co_await std::move(asking);
    co_return right;
  }
  task<actor_ref<bring_up, bring_up_for>> on(bring_up_elder) {
    auto starting = system().start_process({});
    children_.push_back(co_await std::move(starting));
    auto elders = children_.back().spawn<elder>();
    const elder_ref made = co_await std::move(elders);
    co_return made;
  }

 private:
  std::vector<process> children_;
};

/// A child of the test's process that has children.
struct house : child {
  elder_ref raises;
};
house make_house(stage& s, process_options options = {}) {
  child made = make_child(s, std::move(options));
  return {made, s.spawn_in<elder>(made.self)};
}
grown make_grown(const house& in, bring_up how = {}) { return in.raises.ask(how).get(); }

void kill_and_wait(const grown& who) {
  ::kill(static_cast<pid_t>(who.pid), SIGKILL);
  eventually([&] {
    const char state = census::state_of(who.pid);
    return state == 0 || state == 'Z';
  });
}

/// Or until they have gone over to the direct way, and no more will.
void wait_for_passed(stage& s, std::uint64_t wanted) {
  const auto limit = std::chrono::steady_clock::now() + 20ms;
  while (frames_passed(s) < wanted && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
}

template <class One, class Other>
void talk_directly(stage& s, const One& one, const Other& other) {
  wait_until_direct(s, one, other);
  const std::uint64_t before = frames_passed(s);
  CHECK(before > 0);
  CHECK(one.speaks.ask(ask_numbers{other.hears, 200}).get() == 200);
  CHECK(other.speaks.ask(tell_numbers{0, 5000, {one.hears}}).get() == 5000);
  CHECK(heard(one.hears, 5000) == std::vector<std::uint64_t>{5000, 0});
  CHECK(one.speaks.ask(send_pages{other.hears, 20, 100'000}).get() == 20);
  CHECK(other.hears.ask(seen{}).get() == std::vector<std::uint64_t>{20, 0});
  CHECK(frames_passed(s) == before);
}

}  // namespace

TEST_CASE("cousins: talk directly from the first time on") {
  stage s("cousins: directly");
  const house one = make_house(s), other = make_house(s);
  SUBCASE("children of siblings") { talk_directly(s, make_grown(one), make_grown(other)); }
  SUBCASE("a nephew and his uncle") { talk_directly(s, make_grown(one), other); }
  SUBCASE("one is deeper") {
    const auto deeper = one.raises.ask(bring_up_elder{}).get();
    talk_directly(s, deeper.ask(bring_up{}).get(), make_grown(other));
  }
  SUBCASE("who have been forked") {
    if (can_fork)
      talk_directly(s, make_grown(one, {.by_fork = true}), make_grown(other, {.by_fork = true}));
  }
  SUBCASE("several of them") {
    const grown first = make_grown(one), second = make_grown(other), third = make_grown(other);
    talk_directly(s, first, second);
    wait_until_direct(s, first, other);
    wait_until_direct(s, first, third);
    wait_until_direct(s, first, second);
    wait_until_direct(s, one, other);
  }
}

TEST_CASE("cousins: who only tells gets a direct link, too") {
  stage s("cousins: telling");
  const house one = make_house(s), other = make_house(s);
  const grown first = make_grown(one), second = make_grown(other);
  std::uint64_t told = 0;
  eventually([&] {
    const std::uint64_t before = frames_passed(s);
    CHECK(first.speaks.ask(tell_numbers{told++, 1000, {second.hears}}).get() == 1000);
    CHECK(heard(second.hears, told * 1000) == std::vector<std::uint64_t>{told * 1000, 0});
    return frames_passed(s) == before;
  });
}

TEST_CASE("cousins: one of whom their common ancestor has not heard") {
  stage s("cousins: unheard of");
  const house one = make_house(s), other = make_house(s);
  CHECK(within(std::async(std::launch::async,
                          [&] { return one.raises.ask(bring_up_for{other.speaks}).get(); })) == 5);
}

TEST_CASE("cousins: mail stays in order while it goes over to the direct way, under load") {
  stage s("cousins: in order");
  constexpr std::uint64_t numbers = 1500;
  for (int round = 0; round < 5; ++round) {
    house one = make_house(s), other = make_house(s);
    const grown x = make_grown(one), y = make_grown(other), z = make_grown(other);
    struct kinsman {
      mouth_ref speaks;
      ear_ref hears;
    };
    const std::vector<kinsman> all{
        {x.speaks, x.hears}, {y.speaks, y.hears}, {z.speaks, z.hears}, {one.speaks, one.hears}};
    std::vector<std::future<std::uint64_t>> told, asked;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::vector<ear_ref> others;
      for (std::size_t k = 0; k < all.size(); ++k)
        if (k != i) others.push_back(all[k].hears);
      told.push_back(std::async(std::launch::async, [=, who = all[i].speaks] {
        return who.ask(tell_numbers{i, numbers, others}).get();
      }));
      asked.push_back(std::async(std::launch::async, [=, who = all[i].speaks] {
        std::uint64_t right = 0;
        for (int again = 0; again < 10; ++again) {
          for (const ear_ref& each : others) right += who.ask(ask_numbers{each, 5}).get();
        }
        return right;
      }));
    }
    for (auto& each : told) CHECK(within(std::move(each)) == numbers);
    for (auto& each : asked) CHECK(within(std::move(each)) == 10 * 5 * (all.size() - 1));
    for (const kinsman& each : all) {
      const std::uint64_t wanted = (all.size() - 1) * numbers;
      CHECK(heard(each.hears, wanted) == std::vector<std::uint64_t>{wanted, 0});
    }
    wait_until_direct(s, x, y);
    wait_until_direct(s, one, z);
    one.self.kill();
    other.self.kill();
  }
  CHECK(s.system.dead_letters() == 0);
}

namespace {

enum class death : std::uint8_t { its_own, of_its_parent, of_both };

/// \return whether all that can be told of it is the signal
bool kill_by(death how, house& parent, const grown& who) {
  if (how == death::of_both)
    freeze(parent.self);  // so that it does not say how its child has ended
  if (how != death::of_its_parent) ::kill(static_cast<pid_t>(who.pid), SIGKILL);
  if (how != death::its_own) parent.self.kill();
  return how != death::of_its_parent;
}

}  // namespace

TEST_CASE("cousins: an end is told once, after the last message, whenever the watch was set") {
  stage s("cousins: an end");
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    house one = make_house(s), other = make_house(s);
    const grown x = make_grown(one), y = make_grown(other);
    if (round % 4 == 2) wait_until_direct(s, x, y);
    CHECK(x.watches.ask(watch{y.talks}).get());
    y.talks.tell(chatter{x.watches});
    if (round % 4 == 1) wait_until_direct(s, x, y);
    if (round % 4 != 3) y.talks.ask(twice{1}).get();
    const bool by_signal = kill_by(static_cast<death>(round / 4), other, y);
    const auto killed = std::chrono::steady_clock::now();
    const auto all = x.watches.ask(report{}).get();
    CHECK(std::chrono::steady_clock::now() - killed < 4s);  // by word, not for want of one
    CHECK(all[1] == 0);
    CHECK(all[2] == 1);
    if (by_signal) CHECK(all[3] == SIGKILL);
    (void)s.start({}).stop();  // there has been time for more
    CHECK(x.watches.ask(report{}).get() == all);
    one.self.kill();
    other.self.kill();
  }
}

TEST_CASE("cousins: a nephew's end comes behind what he has said, whatever way his parent has") {
  stage s("cousins: a nephew's end");
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    house uncle = make_house(s), parent = make_house(s);
    const auto watching = s.spawn_in<witness>(uncle.self);
    const grown nephew = make_grown(parent);
    wait_until_direct(s, uncle, parent);
    if (round % 2) wait_until_direct(s, uncle, nephew);
    CHECK(watching.ask(watch{nephew.talks}).get());
    nephew.talks.tell(chatter{watching});
    nephew.talks.ask(twice{1}).get();
    kill_and_wait(nephew);
    const auto all = watching.ask(report{}).get();
    CHECK(all[1] == 0);
    CHECK(all[2] == 1);
    CHECK(all[3] == SIGKILL);
    wait_until_direct(s, uncle, parent);
    uncle.self.kill();
    parent.self.kill();
  }
}

TEST_CASE("cousins: what is asked of one that is killed fails with the reason") {
  stage s("cousins: asked of the dead");
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    house one = make_house(s), other = make_house(s);
    const grown x = make_grown(one), y = make_grown(other);
    if (round % 2 == 0) wait_until_direct(s, x, y);
    auto waiting =
        std::async(std::launch::async, [&] { return x.speaks.ask(ask_never{y.hears}).get(); });
    eventually([&] { return y.hears.ask(held_back{}).get() == 1; });
    const bool by_signal = kill_by(static_cast<death>(round / 2), other, y);
    const auto killed = std::chrono::steady_clock::now();
    const std::string why = within(std::move(waiting));
    CHECK(std::chrono::steady_clock::now() - killed < 4s);
    CHECK(why != "an answer");
    if (by_signal) CHECK(why.find("signal 9") != std::string::npos);
    CHECK(x.speaks.ask(ask_never{y.hears}).get() != "an answer");
    one.self.kill();
    other.self.kill();
  }
}

TEST_CASE("cousins: one on the way that is stopped holds up only those who are changing over") {
  stage s("cousins: stopped on the way");
  const house one = make_house(s), other = make_house(s);
  const grown y = make_grown(other);
  std::uint64_t told = 0;
  for (std::uint64_t round = 0; round < 12; ++round) {
    CAPTURE(round);
    const grown x = make_grown(one);
    const bool direct = round % 2 == 0;
    if (direct) wait_until_direct(s, x, y);
    const std::uint64_t before = frames_passed(s);
    auto asked = std::async(std::launch::async,
                            [&] { return x.speaks.ask(ask_numbers{y.hears, 300}).get(); });
    auto back = std::async(std::launch::async,
                           [&] { return y.speaks.ask(tell_numbers{0, 1000, {x.hears}}).get(); });
    auto sent = std::async(std::launch::async, [&] {
      return x.speaks.ask(tell_numbers{round, 3000, {y.hears}}).get();
    });
    told += 3000;
    if (direct) {
      eventually([&] { return y.hears.ask(seen{}).get()[0] > told - 3000; });
    } else {
      wait_for_passed(s, before + round);
    }
    freeze(one.self);
    if (direct) CHECK(heard(y.hears, told) == std::vector<std::uint64_t>{told, 0});
    thaw(one.self);
    CHECK(within(std::move(asked)) == 300);
    CHECK(within(std::move(back)) == 1000);
    CHECK(within(std::move(sent)) == 3000);
    CHECK(heard(y.hears, told) == std::vector<std::uint64_t>{told, 0});
    CHECK(heard(x.hears, 1000) == std::vector<std::uint64_t>{1000, 0});
    kill_and_wait(x);
  }
}

TEST_CASE("cousins: when their common ancestor is killed, all end") {
  stage s("cousins: orphans");
  for (int round = 0; round < 6; ++round) {
    house ancestor = make_house(s);
    const auto one = ancestor.raises.ask(bring_up_elder{}).get();
    const auto other = ancestor.raises.ask(bring_up_elder{}).get();
    const grown x = one.ask(bring_up{}).get(), y = other.ask(bring_up{}).get();
    y.talks.tell(chatter{x.watches});
    x.talks.tell(chatter{y.watches});
    if (round % 2) CHECK(x.speaks.ask(ask_numbers{y.hears, 50}).get() == 50);
    ancestor.self.kill();
    CHECK(end_of(s.system, ancestor.self).signal == SIGKILL);
    for (const grown* each : {&x, &y}) {
      eventually([&] {
        const char state = census::state_of(each->pid);
        return state == 0 || state == 'Z';
      });
    }
  }
}

TEST_CASE(
    "cousins: one that is killed while they are introduced leaves nothing and nobody behind") {
  stage s("cousins: killed meanwhile");
  const house one = make_house(s), other = make_house(s);
  const grown x = make_grown(one);
  const std::uint64_t open = x.speaks.ask(resources{}).get()[0];
  const std::uint64_t open_above = one.speaks.ask(resources{}).get()[0];
  for (unsigned round = 0; round < 30; ++round) {
    CAPTURE(round);
    const grown y = make_grown(other);
    const std::uint64_t before = frames_passed(s);
    auto waiting =
        std::async(std::launch::async, [&] { return x.speaks.ask(ask_never{y.hears}).get(); });
    y.talks.tell(chatter{x.watches});
    wait_for_passed(s, before + round % 6);
    kill_and_wait(y);
    CHECK(within(std::move(waiting)).find("signal 9") != std::string::npos);
  }
  eventually([&] { return x.speaks.ask(resources{}).get()[0] == open; });
  eventually([&] { return one.speaks.ask(resources{}).get()[0] == open_above; });
}

TEST_CASE(
    "cousins: a question that is handed on is answered, or fails with whom it was handed to") {
  stage s("cousins: handed on");
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    house one = make_house(s), other = make_house(s);
    const auto deeper = other.raises.ask(bring_up_elder{}).get();
    const grown asker = make_grown(one);
    const grown front = round % 5 == 4 ? deeper.ask(bring_up{}).get() : make_grown(other);
    const grown last = make_grown(round % 2 ? other : one);
    if (round % 5 != 0) wait_until_direct(s, asker, front);
    if (round % 3 == 0) {
      eventually([&] { return asker.speaks.ask(ask_numbers{last.hears, 1}).get() == 1; });
      eventually([&] { return front.speaks.ask(ask_numbers{last.hears, 1}).get() == 1; });
    }
    for (int again = 0; again < 20; ++again)
      CHECK(asker.speaks.ask(ask_through{front.speaks, last.hears}).get() == "42");
    auto waiting = std::async(std::launch::async, [&] {
      return asker.speaks.ask(ask_through{front.speaks, last.hears, true}).get();
    });
    eventually([&] { return last.hears.ask(held_back{}).get() == 1; });
    kill_and_wait(front);
    CHECK(asker.speaks.ask(ask_never{front.hears}).get().find("signal 9") != std::string::npos);
    CHECK(asker.speaks.ask(ask_numbers{last.hears, 3}).get() == 3);
    CHECK(waiting.wait_for(0s) == std::future_status::timeout);
    kill_and_wait(last);
    CHECK(within(std::move(waiting)).find("signal 9") != std::string::npos);
    one.self.kill();
    other.self.kill();
  }
}

TEST_CASE("cousins: a question that has come directly may be handed down, and up again") {
  stage s("cousins: handed down");
  const house one = make_house(s), other = make_house(s), third = make_house(s);
  const grown below = make_grown(other), nephew = make_grown(one);
  SUBCASE("by a sibling") { wait_until_direct(s, one, other); }
  SUBCASE("before they are introduced") {}
  const auto all = [&](const mouth_ref& asker) {
    CHECK(within(std::async(std::launch::async, [&] {
            return asker.ask(ask_through{other.speaks, below.hears}).get();
          })) == "42");
  };
  for (int again = 0; again < 20; ++again) all(one.speaks);
  wait_until_direct(s, nephew, other);
  for (int again = 0; again < 20; ++again) all(nephew.speaks);
  auto waiting = std::async(std::launch::async, [&] {
    return one.speaks.ask(ask_through{other.speaks, below.hears, true}).get();
  });
  eventually([&] { return below.hears.ask(held_back{}).get() == 1; });
  kill_and_wait(below);
  CHECK(within(std::move(waiting)).find("signal 9") != std::string::npos);
}

TEST_CASE("cousins: news by one who does not know the password do nothing") {
  using namespace detail;
  stage s("cousins: forged news");
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  {
    const house one = make_house(s), other = make_house(s);
    const grown x = make_grown(one), y = make_grown(other);
    wait_until_direct(s, x, y);
    auto waiting =
        std::async(std::launch::async, [&] { return x.speaks.ask(ask_never{y.hears}).get(); });
    eventually([&] { return y.hears.ask(held_back{}).get() == 1; });
    const std::uint64_t node_of_x = x.hears.where().home->node_id;
    const std::uint64_t node_of_y = y.hears.where().home->node_id;
    raw_peer forger(s.system, 0xaaaa01, kinship::child);
    forger.greet();
    frame f;
    f.flags = route_flag;
    f.node = node_of_x;
    f.generation = 1;
    const std::uint64_t passed = frames_passed(s);
    for (const std::uint64_t password : {0, 1}) {
      const exit_reason killed{exit_reason::cause::process_ended, 0, SIGKILL, {}};
      forger.send(raw_peer::frame_bytes(f, sibling_over{node_of_y, password, killed}));
      forger.send(raw_peer::frame_bytes(f, old_way_ends{node_of_y, password}));
      for (std::uint32_t slot = 0; slot < 50; ++slot) {
        for (std::uint64_t id = 0; id < 10; ++id)
          forger.send(raw_peer::frame_bytes(f, handed_on{node_of_y, password, slot, 1, id}));
      }
    }
    eventually([&] { return frames_passed(s) >= passed + 2 * (2 + 500); });
    wait_until_direct(s, x, y);
    CHECK(waiting.wait_for(0s) == std::future_status::timeout);
    kill_and_wait(y);
    CHECK(within(std::move(waiting)).find("signal 9") != std::string::npos);
    forger.close();
  }
  std::signal(SIGPIPE, before);
}

TEST_CASE("cousins: without descriptors for it they go on through their ancestors") {
  if (!can_be_without_descriptors) return;
  stage s("cousins: no descriptors");
  const house like_it = make_house(s);
  SUBCASE("at one end") {
    const grown same = make_grown(like_it);
    const std::uint64_t open = same.speaks.ask(resources{}).get()[0];
    const house one = make_house(s), other = make_house(s);
    const grown x = make_grown(one, {.open_files = open}), y = make_grown(other);
    for (int again = 0; again < 10; ++again) {
      CHECK(x.speaks.ask(ask_numbers{y.hears, 20}).get() == 20);
      CHECK(y.speaks.ask(ask_numbers{x.hears, 20}).get() == 20);
    }
    CHECK(frames_passed(s) >= 800);
    CHECK(y.speaks.ask(resources{}).get()[0] <= open + 1);  // the one that reads the list
  }
  SUBCASE("on the way") {
    (void)make_grown(like_it);
    const std::uint64_t open = like_it.speaks.ask(resources{}).get()[0];
    process_options options;
    options.limits.open_files = open + 14;  // so many are open while it starts a child
    const house one = make_house(s, options), other = make_house(s);
    const grown x = make_grown(one), y = make_grown(other);
    rlimit few{open, open};
    REQUIRE(prlimit(one.self.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
    for (int again = 0; again < 10; ++again) {
      CHECK(x.speaks.ask(ask_numbers{y.hears, 20}).get() == 20);
      CHECK(y.speaks.ask(ask_numbers{x.hears, 20}).get() == 20);
    }
    CHECK(frames_passed(s) >= 800);
    kill_and_wait(y);
    CHECK(x.speaks.ask(ask_never{y.hears}).get().find("signal 9") != std::string::npos);
  }
}

TEST_CASE("cousins: a direct link takes three descriptors at its ends, and none on the way") {
  stage s("cousins: descriptors");
  const house one = make_house(s), other = make_house(s);
  const grown x = make_grown(one);
  (void)make_grown(other);
  const auto count = [](const mouth_ref& at) { return at.ask(resources{}).get()[0]; };
  const std::uint64_t before = count(x.speaks), above = count(one.speaks);
  const std::size_t here = census::descriptors();
  for (int round = 0; round < 3; ++round) {
    const grown y = make_grown(other);
    wait_until_direct(s, x, y);
    CHECK(count(x.speaks) == before + 3);
    CHECK(count(one.speaks) == above);
    CHECK(census::descriptors() == here);
    kill_and_wait(y);
    eventually([&] { return count(x.speaks) == before; });
  }
}

}  // namespace cousin_test
