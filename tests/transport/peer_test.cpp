// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "allocation_count.hpp"
#include "deadline.hpp"
#include "eventually.hpp"
#include "golden_frames.hpp"
#include "raw_peer.hpp"
#include "within.hpp"

using namespace troupe;
using namespace troupe::detail;
using namespace std::chrono_literals;

namespace {

struct raw_note {
  std::uint64_t number = 0;
};
struct raw_text {
  std::string text;
};
struct raw_list {
  using reply = std::vector<std::uint64_t>;
};
struct raw_numbers {
  std::vector<std::uint64_t> numbers;
};

/// Writes down what comes.
class note_keeper : public actor<raw_note, raw_text, raw_numbers, raw_list> {
 public:
  void on(raw_note n) { all_.push_back(n.number); }
  void on(const raw_text& t) { all_.push_back(t.text.size()); }
  void on(const raw_numbers& n) { all_.push_back(n.numbers.size()); }
  std::vector<std::uint64_t> on(raw_list) const { return all_; }

 private:
  std::vector<std::uint64_t> all_;
};

/// Asks actor 77 of the raw peer, and keeps what it hears.
struct go_and_ask {
  using reply = std::string;
  actor_ref<raw_list> whom;
};
struct go_and_watch {
  using reply = std::string;
  actor_ref<> whom;
};
struct watch_and_forget {
  actor_ref<> whom;
  std::uint64_t times = 0;
};
class curious : public actor<go_and_ask, go_and_watch, watch_and_forget> {
 public:
  void on(watch_and_forget m) {
    for (std::uint64_t n = 0; n < m.times; ++n) demonitor(monitor(m.whom));
  }
  static constexpr bool reentrant = true;
  task<std::string> on(go_and_ask m) {
    auto question = m.whom.ask(raw_list{});
    auto pending = std::move(question).result();
    const auto answer = co_await pending;
    if (!answer) co_return "failed: " + answer.error().text;
    co_return "numbers: " + std::to_string(answer->size());
  }
  task<std::string> on(go_and_watch m) {
    const exit_reason why = co_await ended(m.whom);
    co_return to_string(why);
  }
};

/// The test's own thread writes to pipes that the system may have closed.
struct no_pipe_signal {
  no_pipe_signal() { before = std::signal(SIGPIPE, SIG_IGN); }
  ~no_pipe_signal() { std::signal(SIGPIPE, before); }
  void (*before)(int);
};

struct scene {
  explicit scene(const char* test) : limit(test) {}
  deadline limit;
  no_pipe_signal quiet;
  actor_system system{{.workers = 2, .shutdown_timeout = 2s}};
  actor_ref<raw_note, raw_text, raw_numbers, raw_list> keeper = system.spawn<note_keeper>();

  frame note_for_keeper() const { return raw_peer::to(keeper, frame_kind::tell); }
  std::vector<std::byte> note(std::uint64_t number) const {
    return raw_peer::frame_bytes(note_for_keeper(), raw_note{number});
  }
  std::vector<std::uint64_t> list() { return keeper.ask(raw_list{}).get(); }
  /// Waits until everything sent so far over this link has been handled.
  void settle(raw_peer& peer, std::uint64_t id = 999) {
    REQUIRE(peer.send(raw_peer::frame_bytes(peer.ask_to(keeper, id), raw_list{})));
    const auto answer = peer.receive(frame_kind::reply);
    REQUIRE(answer);
    CHECK(answer->id == id);
  }
};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}
using numbers = std::vector<std::uint64_t>;

}  // namespace

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

TEST_CASE("peer: a length over the limit costs no memory") {
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
