// SPDX-License-Identifier: BSD-3-Clause
// What is asked over a link ends once, whatever the other side answers.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "allocation_count.hpp"
#include "eventually.hpp"
#include "golden_frames.hpp"
#include "raw_scene.hpp"
#include "within.hpp"

namespace peer_answers_test {

using namespace troupe;
using namespace troupe::detail;
using namespace raw_scene;
using namespace std::chrono_literals;

TEST_CASE("peer: an ask of unknown type gets an error") {
  scene s("peer: ask of unknown type");
  raw_peer peer(s.system);
  peer.greet();
  frame ask = peer.ask_to(s.keeper, 41);
  ask.type = 12345;
  peer.send(raw_peer::frame_bytes(ask));
  auto answer = peer.receive(frame_kind::failure);
  REQUIRE(answer);
  CHECK(answer->id == 41);
  CHECK(answer->slot == 77);
  auto why = decode<failure>(answer->payload);
  REQUIRE(why.has_value());
  CHECK(why->code == errc::bad_message);
  s.settle(peer);
}

TEST_CASE("peer: a message that the actor does not accept, and an ask without one, get errors") {
  scene s("peer: a message not accepted");
  raw_peer peer(s.system);
  peer.greet();
  frame ask = peer.ask_to(s.keeper, 5);
  peer.send(raw_peer::frame_bytes(ask, go_and_watch{}));
  peer.send(raw_peer::frame_bytes(ask));
  for (int i = 0; i < 2; ++i) {
    auto answer = peer.receive(frame_kind::failure);
    REQUIRE(answer);
    CHECK(decode<failure>(answer->payload)->code == errc::bad_message);
  }
  s.settle(peer);
}

TEST_CASE("peer: good, bad, good: answers and ends that nobody asked for are ignored") {
  scene s("peer: never asked");
  auto asker = s.system.spawn<curious>();
  raw_peer peer(s.system);
  peer.greet();
  // One ask that does wait, so that wrong ids meet a real waiter.
  auto waiting = std::async(std::launch::async, [&] {
    return asker.ask(go_and_ask{peer.ref<actor_ref<raw_list>>()}).get();
  });
  const auto question = peer.receive(frame_kind::ask);
  REQUIRE(question);
  peer.send(s.note(1));
  const failure untrue{errc::actor_down, "untrue", {}};
  const down news{};
  for (std::uint32_t slot : {question->from.slot, s.keeper.where().slot, 0u, 1000000u}) {
    for (std::uint64_t id : {question->id + 1, std::uint64_t{0}, ~std::uint64_t{0}}) {
      frame f;
      f.slot = slot;
      f.generation = slot == question->from.slot ? question->from.generation : 1;
      f.id = id;
      f.kind = frame_kind::reply;
      peer.send(raw_peer::frame_bytes(f));
      peer.send(raw_peer::frame_bytes(f, raw_note{9}));
      f.kind = frame_kind::failure;
      peer.send(raw_peer::frame_bytes(f, untrue));
      f.kind = frame_kind::down;
      f.from = {peer.node(), 77, 1};
      peer.send(raw_peer::frame_bytes(f, news));
    }
  }
  frame as_end;  // the right id, but as the end of an actor
  as_end.kind = frame_kind::down;
  as_end.slot = question->from.slot;
  as_end.generation = question->from.generation;
  as_end.id = question->id;
  peer.send(raw_peer::frame_bytes(as_end, news));
  peer.send(s.note(2));
  s.settle(peer);
  CHECK(s.list() == numbers{1, 2});
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);

  frame answer;
  answer.kind = frame_kind::reply;
  answer.slot = question->from.slot;
  answer.generation = question->from.generation;
  answer.id = question->id;
  peer.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1, 2, 3}));
  peer.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1}));  // not twice
  CHECK(within(std::move(waiting)) == "numbers: 3");
}

TEST_CASE("peer: only who was asked can answer") {
  scene s("peer: only who was asked can answer");
  auto asker = s.system.spawn<curious>();
  raw_peer asked(s.system, 0x11), other(s.system, 0x22), third(s.system, 0x33);
  asked.greet();
  other.greet();
  third.greet();
  auto waiting = std::async(std::launch::async, [&] {
    return asker.ask(go_and_ask{asked.ref<actor_ref<raw_list>>()}).get();
  });
  const auto question = asked.receive(frame_kind::ask);
  REQUIRE(question);
  frame answer;
  answer.kind = frame_kind::reply;
  answer.slot = question->from.slot;
  answer.generation = question->from.generation;
  answer.id = question->id;
  other.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1}));
  s.settle(other);
  asked.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1, 2}));
  CHECK(within(std::move(waiting)) == "numbers: 2");

  // The same between two processes that talk through this one.
  frame passing = third.ask_to(actor_ref<>::at({nullptr, 77, 1}), 5);
  passing.flags = route_flag;
  passing.node = asked.node();
  third.send(raw_peer::frame_bytes(passing, raw_list{}));
  const auto passed = asked.receive(frame_kind::ask);
  REQUIRE(passed);
  CHECK(passed->id == 5);
  CHECK(passed->from.node == third.node());
  answer.flags = route_flag;
  answer.node = third.node();
  answer.slot = passed->from.slot;
  answer.generation = passed->from.generation;
  answer.id = passed->id;
  other.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1}));
  s.settle(other);
  asked.send(raw_peer::frame_bytes(answer, std::vector<std::uint64_t>{1, 2}));
  const auto reply = third.receive(frame_kind::reply);
  REQUIRE(reply);
  CHECK(decode<std::vector<std::uint64_t>>(reply->payload)->size() == 2);
}

TEST_CASE("peer: a reply of another type is an error of the ask, not of the link") {
  scene s("peer: a reply of another type");
  auto asker = s.system.spawn<curious>();
  raw_peer peer(s.system);
  peer.greet();
  for (int round = 0; round < 3; ++round) {
    auto waiting = std::async(std::launch::async, [&] {
      return asker.ask(go_and_ask{peer.ref<actor_ref<raw_list>>()}).get();
    });
    const auto question = peer.receive(frame_kind::ask);
    REQUIRE(question);
    frame answer;
    answer.kind = frame_kind::reply;
    answer.slot = question->from.slot;
    answer.generation = question->from.generation;
    answer.id = question->id;
    answer.type = round == 2 ? 99 : 0;  // a type that nobody knows
    peer.send(round == 0 ? raw_peer::frame_bytes(answer, raw_note{1})
                         : raw_peer::frame_bytes(answer));
    CHECK(within(std::move(waiting)).starts_with("failed: "));
  }
  s.settle(peer);
}

TEST_CASE("peer: failures and ends of another type close the link and settle the ask") {
  scene s("peer: failures of another type");
  auto asker = s.system.spawn<curious>();
  for (frame_kind kind : {frame_kind::failure, frame_kind::down}) {
    raw_peer peer(s.system, 0x4000 + static_cast<std::uint64_t>(kind));
    peer.greet();
    auto waiting = std::async(std::launch::async, [&, kind] {
      if (kind == frame_kind::down) {
        return asker.ask(go_and_watch{peer.ref<actor_ref<>>()}).get();
      }
      return asker.ask(go_and_ask{peer.ref<actor_ref<raw_list>>()}).get();
    });
    const bool ask = kind == frame_kind::failure;
    const auto question = peer.receive(ask ? frame_kind::ask : frame_kind::monitor);
    REQUIRE(question);
    frame answer;
    answer.kind = frame_kind::failure;
    answer.slot = question->from.slot;
    answer.generation = question->from.generation;
    answer.id = question->id;
    peer.send(raw_peer::frame_bytes(answer, raw_note{1}));
    CHECK(within(std::move(peer.ended())) == "a failure or an end of another type");
    CHECK(within(std::move(waiting)).find("lost") != std::string::npos);
  }
}

TEST_CASE("peer: the end of the link settles asks and monitors, once each") {
  scene s("peer: the end settles");
  auto asker = s.system.spawn<curious>();
  raw_peer peer(s.system);
  peer.greet();
  auto answer = std::async(std::launch::async, [&] {
    return asker.ask(go_and_ask{peer.ref<actor_ref<raw_list>>()}).get();
  });
  auto end = std::async(std::launch::async,
                        [&] { return asker.ask(go_and_watch{peer.ref<actor_ref<>>()}).get(); });
  REQUIRE(peer.receive(frame_kind::hello));
  REQUIRE(peer.receive());
  REQUIRE(peer.receive());
  peer.close();
  CHECK(within(std::move(answer)).find("connection to its process was lost") != std::string::npos);
  CHECK(within(std::move(end)).find("connection to its process was lost") != std::string::npos);
  // And whoever comes later learns it at once.
  CHECK(asker.ask(go_and_ask{peer.ref<actor_ref<raw_list>>()}).get().find("lost") !=
        std::string::npos);
  CHECK(asker.ask(go_and_watch{peer.ref<actor_ref<>>()}).get().find("lost") != std::string::npos);
}

TEST_CASE("peer: a monitor that is taken back leaves nothing behind") {
  scene s("peer: a monitor that is taken back");
  auto asker = s.system.spawn<curious>();
  raw_peer peer(s.system);
  peer.greet();
  REQUIRE(peer.receive(frame_kind::hello));
  const auto cycle = [&] {
    asker.tell(watch_and_forget{peer.ref<actor_ref<>>(), 1000});
    for (int n = 0; n < 1000; ++n) {
      REQUIRE(peer.receive()->kind == frame_kind::monitor);
      REQUIRE(peer.receive()->kind == frame_kind::demonitor);
    }
  };
  for (int warm_up = 0; warm_up < 3; ++warm_up) cycle();
  const std::size_t rise = allocation_count::rise_during([&] {
    for (int i = 0; i < 50; ++i) cycle();
  });
  CHECK(rise < (1u << 20));
}

}  // namespace peer_answers_test
