// SPDX-License-Identifier: BSD-3-Clause
// What is wrong costs the message or the link, and nobody else.
#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "allocation_count.hpp"
#include "eventually.hpp"
#include "golden_frames.hpp"
#include "raw_scene.hpp"
#include "within.hpp"

namespace peer_nonsense_test {

using namespace troupe;
using namespace troupe::detail;
using namespace raw_scene;
using namespace std::chrono_literals;

TEST_CASE("peer: good, bad, good: a message of unknown type is a dead letter, the link stays") {
  scene s("peer: unknown type");
  raw_peer peer(s.system);
  peer.greet();
  const std::uint64_t before = s.system.dead_letters();
  peer.send(s.note(1));
  frame unknown = s.note_for_keeper();
  unknown.payload = golden::payload;
  for (std::uint64_t type = 1; type <= 1000; ++type) {
    unknown.type = type;
    peer.send(raw_peer::frame_bytes(unknown));
  }
  peer.send(s.note(2));
  s.settle(peer);
  CHECK(s.list() == numbers{1, 2});
  CHECK(s.system.dead_letters() - before == 1000);
}

TEST_CASE("peer: what came before a bad frame in the same read is delivered") {
  scene s("peer: before a bad frame");
  raw_peer peer(s.system);
  peer.greet();
  s.settle(peer);
  std::vector<std::byte> all;
  for (std::uint64_t n : {1, 2, 3}) {
    const auto one = s.note(n);
    all.insert(all.end(), one.begin(), one.end());
  }
  all.resize(all.size() + frame_header_bytes, std::byte{0xff});
  peer.send(all);
  CHECK(within(std::move(peer.ended())) != "");
  CHECK(s.list() == numbers{1, 2, 3});
}

TEST_CASE("peer: nonsense that was only passed on costs the message, not the link") {
  scene s("peer: passed-on nonsense");
  raw_peer peer(s.system);
  peer.greet();
  peer.send(s.note(1));
  frame bad = peer.ask_to(s.keeper, 9);
  bad.flags = passed_flag;
  bad.type = type_id<raw_text>();  // and not even the length of the text
  peer.send(raw_peer::frame_bytes(bad));
  frame bad_end;
  bad_end.kind = frame_kind::down;
  bad_end.flags = passed_flag;
  peer.send(raw_peer::frame_bytes(bad_end, raw_note{1}));
  peer.send(s.note(2));
  const auto refused = peer.receive(frame_kind::failure);
  REQUIRE(refused);
  CHECK(refused->id == 9);
  CHECK(s.list() == numbers{1, 2});
}

TEST_CASE("peer: a monitor of a slot that was never used answers at once") {
  scene s("peer: a monitor of nobody");
  raw_peer peer(s.system);
  peer.greet();
  std::uint64_t id = 0;
  for (std::uint32_t slot : {0u, 1u, 900u, 1000000u, 0xffffffffu}) {
    for (std::uint8_t flags : {std::uint8_t{0}, answer_flag}) {
      frame f;
      f.kind = frame_kind::monitor;
      f.flags = flags;
      f.slot = slot;
      f.generation = 4000001;
      if (slot == 0) continue;  // the process itself: it lives
      f.id = ++id;
      f.from = {peer.node(), 77, 1};
      peer.send(raw_peer::frame_bytes(f));
      const auto answer = peer.receive(flags ? frame_kind::reply : frame_kind::down);
      REQUIRE(answer);
      CHECK(answer->id == id);
      CHECK(answer->slot == 77);
      const auto news = decode<raw_note>(answer->payload);
      (void)news;
      CHECK(answer->type == type_id<down>());
    }
  }
  s.settle(peer);
}

TEST_CASE("peer: mail for slots and generations of nobody is a dead letter") {
  scene s("peer: mail for nobody");
  raw_peer peer(s.system);
  peer.greet();
  const std::uint64_t before = s.system.dead_letters();
  unsigned sent = 0;
  for (std::uint32_t slot = 0; slot < 3000; slot += 7, ++sent) {
    frame f;
    f.slot = slot;
    f.generation = 4000001;
    peer.send(raw_peer::frame_bytes(f, raw_note{1}));
  }
  s.settle(peer);
  // Each is refused in a turn of its own cell, on either worker.
  eventually([&] { return s.list().empty() && s.system.dead_letters() - before == sent; });
  CHECK(s.system.dead_letters() - before == sent);
}

TEST_CASE("peer: stop and kill of the process's own actor do not end it") {
  scene s("peer: stop and kill of slot 0");
  {
    raw_peer peer(s.system);
    peer.greet();
    for (frame_kind kind : {frame_kind::stop, frame_kind::kill}) {
      frame f;
      f.kind = kind;
      peer.send(raw_peer::frame_bytes(f));
      f.slot = nodes::of(s.system.core()).node_actor().slot;
      f.generation = nodes::of(s.system.core()).node_actor().generation;
      peer.send(raw_peer::frame_bytes(f));
    }
  }
  raw_peer other(s.system, 0x77);
  other.greet();
  frame f;
  f.kind = frame_kind::ask;
  f.id = 3;
  f.from = {other.node(), 77, 1};
  other.send(raw_peer::frame_bytes(f, spawn_request{1, {}}));
  const auto answer = other.receive(frame_kind::failure);
  REQUIRE(answer);
  CHECK(decode<failure>(answer->payload)->text.find("no such actor to spawn") != std::string::npos);
}

TEST_CASE("peer: a payload that cannot be decoded closes its link and no other") {
  scene s("peer: payload not decodable");
  raw_peer other(s.system, 0x50);
  other.greet();
  other.send(s.note(1));
  std::uint64_t node = 0x5000;
  const auto offend = [&](frame f, std::span<const std::byte> payload) {
    raw_peer peer(s.system, ++node);
    peer.greet();
    f.payload = payload;
    peer.send(raw_peer::frame_bytes(f));
    return within(std::move(peer.ended()));
  };
  frame f = s.note_for_keeper();
  f.type = type_id<raw_note>();
  CHECK(offend(f, golden::payload).find("cannot be decoded") != std::string::npos);  // too short
  const std::vector<std::byte> long_one(9);
  CHECK(offend(f, long_one).find("left over") != std::string::npos);
  f.type = type_id<raw_numbers>();
  for (std::uint32_t count : {0xffffffffu, 0x80000000u, 2u}) {
    std::vector<std::byte> payload(12);
    std::memcpy(payload.data(), &count, sizeof count);
    CHECK(offend(f, payload).find("more elements") != std::string::npos);
  }
  other.send(s.note(2));
  s.settle(other);
  CHECK(s.list() == numbers{1, 2});
}

TEST_CASE("K22 K23 peer: a length over the limit costs no memory") {
  scene s("peer: a length over the limit");
  s.list();
  raw_peer peer(s.system);
  peer.greet();
  s.settle(peer);
  const std::size_t rise = allocation_count::rise_during([&] {
    auto bytes = s.note(1);
    const std::uint32_t length = 0xffffffff;
    std::memcpy(bytes.data(), &length, sizeof length);
    peer.send(bytes);
    CHECK(within(std::move(peer.ended())).find("limit") != std::string::npos);
  });
  CHECK(rise < (1u << 20));
}

TEST_CASE("peer: memory grows with what comes, not with what is announced") {
  scene s("peer: memory grows with what comes");
  raw_peer peer(s.system);
  peer.greet();
  s.settle(peer);
  const std::size_t rise = allocation_count::rise_during([&] {
    auto bytes = s.note(1);
    const auto length = static_cast<std::uint32_t>(frame_bytes_max);
    std::memcpy(bytes.data(), &length, sizeof length);
    peer.send(bytes);
    peer.close();
    CHECK(within(std::move(peer.ended())) == "");
  });
  CHECK(rise < (1u << 20));
  CHECK(s.list().empty());
}

TEST_CASE("peer: refs to cells that are nobody's, as the sender of anything") {
  scene s("peer: refs to nobody's cells");
  std::uint64_t node = 0x6000;
  auto mortal = s.system.spawn<note_keeper>();
  for (std::uint64_t from : {s.system.core().node_id, std::uint64_t{0}, std::uint64_t{0xdead}}) {
    for (std::uint32_t slot : {0u, 1u, 500u, 1000u, 1024u, 1025u, 0xffffffffu}) {
      raw_peer peer(s.system, ++node);
      peer.greet();
      for (frame_kind kind : {frame_kind::ask, frame_kind::monitor, frame_kind::demonitor}) {
        for (std::uint32_t generation : {0u, 1u, 2u, 3u}) {
          frame f = raw_peer::to(mortal, kind);
          f.id = 1;
          f.from = {from, slot, generation};
          peer.send(kind == frame_kind::ask ? raw_peer::frame_bytes(f, raw_list{})
                                            : raw_peer::frame_bytes(f));
          f.generation += 2;  // of somebody who is gone
          if (kind != frame_kind::demonitor) peer.send(raw_peer::frame_bytes(f));
        }
      }
    }
  }
  mortal.stop();  // tells whoever has got in as a watcher
  s.system.run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(mortal));
  raw_peer last(s.system, 0x99);
  last.greet();
  last.send(s.note(1));
  s.settle(last);
  CHECK(s.list() == numbers{1});
}

TEST_CASE("peer: every flip of one bit in live frames of each kind") {
  scene s("peer: bit flips");
  auto asker = s.system.spawn<curious>();
  // Frames that mean something here: real slots, real types.
  std::vector<std::vector<std::byte>> good;
  good.push_back(s.note(1));
  good.push_back(raw_peer::frame_bytes(s.note_for_keeper(), raw_text{"text"}));
  good.push_back(raw_peer::frame_bytes(s.note_for_keeper(), raw_numbers{{1, 2, 3}}));
  const std::uint64_t node = 0x7000;
  frame ask = raw_peer::to(s.keeper, frame_kind::ask);
  ask.id = 8;
  ask.remaining = 1'000'000'000;
  ask.from = {node, 77, 1};
  good.push_back(raw_peer::frame_bytes(ask, raw_list{}));
  frame watch = ask;
  watch.kind = frame_kind::monitor;
  watch.remaining = 0;
  good.push_back(raw_peer::frame_bytes(watch));
  watch.flags = answer_flag;
  good.push_back(raw_peer::frame_bytes(watch));
  watch.flags = 0;
  watch.kind = frame_kind::demonitor;
  good.push_back(raw_peer::frame_bytes(watch));
  frame reply = raw_peer::to(asker, frame_kind::reply);
  reply.id = 1;
  good.push_back(raw_peer::frame_bytes(reply, std::vector<std::uint64_t>{1}));
  reply.kind = frame_kind::failure;
  good.push_back(raw_peer::frame_bytes(reply, failure{}));
  reply.kind = frame_kind::down;
  reply.from = {node, 77, 1};
  good.push_back(raw_peer::frame_bytes(reply, down{}));
  frame stop;
  stop.kind = frame_kind::stop;
  stop.slot = 900;
  stop.generation = 1;
  good.push_back(raw_peer::frame_bytes(stop));
  stop.kind = frame_kind::kill;
  good.push_back(raw_peer::frame_bytes(stop));

  std::uint64_t links = 0, flips = 0;
  auto peer = std::make_unique<raw_peer>(s.system, node);
  peer->greet();
  for (auto bytes : good) {
    const frame_kind kind = parse_frame(bytes).value.kind;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit, ++flips) {
      // tell to stop or kill, of the actors the test needs, is no fault but an order
      const bool orders = bit / 8 == 4 && (kind == frame_kind::tell || kind == frame_kind::reply ||
                                           kind == frame_kind::demonitor ||
                                           kind == frame_kind::monitor || kind == frame_kind::ask ||
                                           kind == frame_kind::failure || kind == frame_kind::down);
      if (orders) continue;
      bytes[bit / 8] ^= std::byte(1u << bit % 8);
      const bool alive =
          peer->send(bytes) && peer->ended().wait_for(0s) != std::future_status::ready;
      bytes[bit / 8] ^= std::byte(1u << bit % 8);
      if (!alive || flips % 16 == 0) {  // a flipped length swallows what follows: a new link
        peer = std::make_unique<raw_peer>(s.system, node + ++links);
        peer->greet();
      }
    }
  }
  peer.reset();
  MESSAGE("flips: ", flips, ", links: ", links);
  raw_peer last(s.system, 0x98);
  last.greet();
  s.settle(last);
  CHECK(asker.ask(go_and_watch{}).get() != "");
}

}  // namespace peer_nonsense_test
