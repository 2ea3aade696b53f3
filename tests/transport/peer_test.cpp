// SPDX-License-Identifier: BSD-3-Clause
// The greeting, and frames as they come off the pipe.
#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "eventually.hpp"
#include "golden_frames.hpp"
#include "raw_scene.hpp"
#include "within.hpp"

namespace peer_test {

using namespace troupe;
using namespace troupe::detail;
using namespace raw_scene;
using namespace std::chrono_literals;

TEST_CASE("peer: greets first, and hears mail after the greeting") {
  scene s("peer: greets first");
  raw_peer peer(s.system);
  const auto first = peer.receive();
  REQUIRE(first);
  CHECK(first->kind == frame_kind::hello);
  hello theirs;
  CHECK(read_hello(*first, theirs) == "");
  CHECK(theirs.node == s.system.core().node_id);
  peer.greet();
  peer.send(s.note(1));
  s.settle(peer);
  CHECK(s.list() == numbers{1});
}

TEST_CASE("peer: openings that are no greeting close the link") {
  scene s("peer: openings");
  const std::string http = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
  std::string tls("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  tls += std::string(500, '\x5a');
  std::vector<std::vector<std::byte>> openings{bytes_of(http), bytes_of(tls),
                                               bytes_of(std::string(24, '\0')),
                                               bytes_of(std::string(24, '\xff')), s.note(1)};
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    std::vector<std::byte> garbage(24 + random() % 100);
    for (std::byte& b : garbage) b = std::byte(random());
    openings.push_back(std::move(garbage));
  }
  std::uint64_t node = 0x1000;
  for (const auto& opening : openings) {
    raw_peer peer(s.system, ++node);
    peer.send(opening);
    CHECK(within(std::move(peer.ended())) != "");
  }
  CHECK(s.list().empty());
}

TEST_CASE("peer: greetings that do not fit are refused in words") {
  scene s("peer: greetings that do not fit");
  const auto refusal = [&](auto change) {
    static std::uint64_t node = 0x2000;
    raw_peer peer(s.system, ++node);
    hello h = peer.greeting();
    change(h);
    peer.greet(h);
    peer.send(s.note(1));  // mail behind a bad greeting is no mail
    return within(std::move(peer.ended()));
  };
  CHECK(refusal([](hello& h) { h.magic ^= 1; }) == "a greeting that is not Troupe's");
  const std::string version = refusal([](hello& h) { h.version = wire_version + 1; });
  CHECK(version.find("version 2") != std::string::npos);
  CHECK(version.find("version 1") != std::string::npos);
  CHECK(refusal([](hello& h) { h.node ^= 4; }) == "the peer is not the process that was expected");
  const std::string types = refusal([](hello& h) { h.type_table ^= 1; });
  CHECK(types.find("'raw'") != std::string::npos);
  CHECK(types.find("'main'") != std::string::npos);
  CHECK(s.list().empty());
}

TEST_CASE("peer: a second greeting closes the link") {
  scene s("peer: a second greeting");
  raw_peer peer(s.system);
  peer.greet();
  peer.greet();
  CHECK(within(std::move(peer.ended())) == "a second greeting");
}

TEST_CASE("peer: frames split at every byte, and one byte at a time") {
  scene s("peer: frames split");
  std::vector<std::byte> three;
  for (std::uint64_t n : {1, 2, 3}) {
    const auto one = s.note(n);
    three.insert(three.end(), one.begin(), one.end());
  }
  raw_peer peer(s.system);
  peer.greet();
  numbers expected;
  for (std::size_t cut = 0; cut <= three.size(); ++cut) {
    const std::span<const std::byte> all(three);
    peer.send(all.first(cut));
    s.list();  // gives the reactor a chance to see the first part alone
    peer.send(all.subspan(cut));
    for (std::uint64_t n : {1, 2, 3}) expected.push_back(n);
  }
  for (std::byte b : three) peer.send(std::span<const std::byte>(&b, 1));
  for (std::uint64_t n : {1, 2, 3}) expected.push_back(n);
  s.settle(peer);
  CHECK(s.list() == expected);
}

TEST_CASE("peer: what is complete is delivered, what is cut off is not") {
  scene s("peer: what is complete");
  std::vector<std::byte> three;
  for (std::uint64_t n : {1, 2, 3}) {
    const auto one = s.note(n);
    three.insert(three.end(), one.begin(), one.end());
  }
  const std::size_t each = three.size() / 3;
  std::uint64_t node = 0x3000;
  for (std::size_t cut = 0; cut <= three.size(); ++cut) {
    const std::size_t before = s.list().size();
    raw_peer peer(s.system, ++node);
    peer.greet();
    peer.send(std::span<const std::byte>(three).first(cut));
    peer.close();
    CHECK(within(std::move(peer.ended())) == "");
    CHECK(s.list().size() - before == cut / each);
  }
}

TEST_CASE("peer: a short write goes on when there is room, in order") {
  scene s("peer: a short write");
  raw_peer peer(s.system);
  peer.greet();
  auto to = peer.ref<actor_ref<raw_note, raw_text>>();
  constexpr std::uint64_t many = 20000;
  for (std::uint64_t n = 0; n < many; ++n) {  // far more than a pipe holds
    to.tell(raw_note{n});
    if (n % 1000 == 0) to.tell(raw_text{std::string(100000, 'x')});
  }
  REQUIRE(peer.receive(frame_kind::hello));
  std::uint64_t expected = 0, texts = 0;
  while (expected < many || texts < many / 1000) {
    const auto f = peer.receive();
    REQUIRE(f);
    if (f->type == type_id<raw_text>()) {
      ++texts;
      continue;
    }
    const auto note = decode<raw_note>(f->payload);
    REQUIRE(note.has_value());
    REQUIRE(note->number == expected);
    ++expected;
  }
}

}  // namespace peer_test
