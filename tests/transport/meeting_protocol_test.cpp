// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "meeting_protocol.hpp"

namespace meeting_protocol_test {

using namespace troupe;
using namespace troupe::detail;

namespace {

const std::string good_key = "sixteen bytes at least";

meeting::part part_of(meeting_role role, std::optional<std::string> key = {}) {
  meeting::part p;
  p.role = role;
  p.key = std::move(key);
  p.identity = {role == meeting_role::caller ? 11u : 22u, 7,
                role == meeting_role::caller ? "caller" : "listener"};
  p.types = {{1, "bank::deposit"}, {2, "bank::balance"}};
  p.nonce.fill(static_cast<std::byte>(role == meeting_role::caller ? 1 : 2));
  return p;
}

/// Two parts of one meeting, and what is on its way between them.
struct table {
  table(meeting::part caller, meeting::part listener)
      : sides{meeting(std::move(caller)), meeting(std::move(listener))} {
    sides[0].begin(outs[0]);
  }
  /// Talks until nobody has anything to say.
  void talk() {
    for (bool said = true; said;) {
      said = false;
      for (int from : {0, 1}) {
        while (ends[1 - from] == meeting::step::more && pass(from)) said = true;
      }
    }
  }
  bool pass(int from) {
    auto& out = outs[from];
    if (out.size() - used[from] < record_header_bytes) return false;
    const auto* at = out.data() + used[from];
    const auto header = read_record_header(std::span<const std::byte, 5>(at, 5));
    used[from] += record_header_bytes + header.payload_bytes;
    meeting& to = sides[1 - from];
    CHECK(header.payload_bytes <= to.payload_bytes_max());
    ends[1 - from] = to.take(header.kind, {at + 5, header.payload_bytes}, outs[1 - from]);
    if (ends[1 - from] == meeting::step::agreed && to.is_listener()) {
      write_record(outs[1], record_kind::pipes, {});
    }
    return true;
  }
  bool agreed() const {
    return ends[0] == meeting::step::agreed && ends[1] == meeting::step::agreed;
  }

  meeting sides[2];
  byte_buffer outs[2];
  std::size_t used[2] = {0, 0};
  meeting::step ends[2] = {meeting::step::more, meeting::step::more};
};

table talked(meeting::part caller, meeting::part listener) {
  table t(std::move(caller), std::move(listener));
  t.talk();
  return t;
}

}  // namespace

TEST_CASE("meeting: two programs agree, and know each other's names") {
  for (const auto& key : {std::optional<std::string>{}, std::optional{good_key}}) {
    const table t =
        talked(part_of(meeting_role::caller, key), part_of(meeting_role::listener, key));
    CHECK(t.agreed());
    CHECK(t.sides[0].theirs().name == "listener");
    CHECK(t.sides[1].theirs().node == 11);
  }
}

TEST_CASE("LI09 meeting: a wrong answer to the challenge is refused, and both are told") {
  const table t = talked(part_of(meeting_role::caller, good_key),
                         part_of(meeting_role::listener, good_key + "?"));
  CHECK(t.ends[1] == meeting::step::failed);
  CHECK(t.sides[1].error() == "the keys of the two differ");
  CHECK(t.sides[0].error() == "the other program refuses: the keys of the two differ");
}

TEST_CASE("LI10 meeting: the caller refuses a listener that cannot prove the key") {
  meeting caller(part_of(meeting_role::caller, good_key));
  table honest(part_of(meeting_role::caller, good_key), part_of(meeting_role::listener, good_key));
  byte_buffer said;
  caller.begin(said);
  REQUIRE(honest.pass(0));  // the listener answers with its opening
  const auto opening = honest.outs[1].bytes().subspan(record_header_bytes);
  REQUIRE(caller.take(record_kind::opening, opening, said) == meeting::step::more);
  SUBCASE("it sends something else") {
    const std::vector<std::byte> wrong(32, std::byte{7});
    CHECK(caller.take(record_kind::proof, wrong, said) == meeting::step::failed);
    CHECK(caller.error() == "the keys of the two differ");
  }
  SUBCASE("it sends the caller's own proof back") {
    const auto own = said.bytes().last(32);
    const std::vector<std::byte> echo(own.begin(), own.end());
    CHECK(caller.take(record_kind::proof, echo, said) == meeting::step::failed);
    CHECK(caller.error() == "the keys of the two differ");
  }
  SUBCASE("it goes on without one") {
    CHECK(caller.take(record_kind::identity, {}, said) == meeting::step::failed);
    CHECK(caller.error() == "a record out of turn");
  }
}

TEST_CASE("meeting: a key that only one has is refused in both directions") {
  for (bool caller_has : {true, false}) {
    const auto key = [&](bool has) { return has ? std::optional{good_key} : std::nullopt; };
    const table t = talked(part_of(meeting_role::caller, key(caller_has)),
                           part_of(meeting_role::listener, key(!caller_has)));
    CHECK(t.sides[1].error() == "one program wants a key and the other has none");
    CHECK(t.sides[0].error().ends_with(t.sides[1].error()));
  }
}

TEST_CASE("meeting: the first message type with two layouts is named on both sides") {
  auto other = part_of(meeting_role::caller);
  other.identity.type_table = 8;
  other.types = {{1, "bank::deposit"}, {9, "bank::balance"}, {4, "zoo::animal"}};
  const table t = talked(std::move(other), part_of(meeting_role::listener));
  CHECK(t.sides[1].error() ==
        "the message type 'bank::balance' has another layout in 'caller' than in 'listener'; "
        "build both from the same header");
  CHECK(t.sides[0].error().find("'bank::balance'") != std::string::npos);
}

TEST_CASE("meeting: types that only one of the two has do no harm") {
  auto other = part_of(meeting_role::caller);
  other.identity.type_table = 8;
  other.types = {{1, "bank::deposit"}, {4, "zoo::animal"}};
  CHECK(talked(std::move(other), part_of(meeting_role::listener)).agreed());
}

TEST_CASE("meeting: another version of the protocol is refused with both numbers") {
  table t(part_of(meeting_role::caller), part_of(meeting_role::listener));
  t.outs[0].data()[record_header_bytes + 8] = std::byte{meeting_version + 1};
  t.talk();
  CHECK(t.sides[1].error().find("speaks version 2") != std::string::npos);
  CHECK(t.sides[1].error().find("version 1") != std::string::npos);
  CHECK(t.sides[0].error().find("speaks version 2") != std::string::npos);
}

TEST_CASE("meeting: a program cannot meet itself") {
  auto caller = part_of(meeting_role::caller);
  caller.identity.node = 22;
  const table t = talked(std::move(caller), part_of(meeting_role::listener));
  CHECK(t.sides[1].error() == "a program cannot meet itself");
}

TEST_CASE("meeting: whoever does not speak the protocol hears nothing at all") {
  for (const std::string& words :
       {std::string("GET / HTTP/1.1\r\nHost"), std::string(64, '\0'), std::string(1, 'x')}) {
    meeting listener(part_of(meeting_role::listener));
    byte_buffer out;
    const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
    CHECK(listener.take(record_kind::opening, {bytes, words.size()}, out) == meeting::step::failed);
    CHECK(out.empty());
    meeting again(part_of(meeting_role::listener));
    CHECK(again.take(record_kind::refusal, {}, out) == meeting::step::failed);
    CHECK(out.empty());
  }
}

TEST_CASE("meeting: before it has proven itself a caller may announce little") {
  const meeting keyed(part_of(meeting_role::listener, good_key));
  CHECK(keyed.payload_bytes_max() <= 64);
}

TEST_CASE("meeting: every flipped bit of every record gives an agreement or an error") {
  // What each side says in a meeting that agrees, with types, which is the longest.
  const auto parts = [] {
    std::pair both{part_of(meeting_role::caller, good_key),
                   part_of(meeting_role::listener, good_key)};
    both.first.identity.type_table = 8;
    return both;
  };
  auto [caller, listener] = parts();
  const table whole = talked(std::move(caller), std::move(listener));
  REQUIRE(whole.agreed());
  unsigned refused = 0;
  for (std::size_t bit = 0; bit < whole.outs[0].size() * 8; ++bit) {
    std::vector<std::byte> bytes(whole.outs[0].bytes().begin(), whole.outs[0].bytes().end());
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    meeting side(parts().second);
    byte_buffer out;
    meeting::step last = meeting::step::more;
    std::span<const std::byte> left(bytes);
    while (last == meeting::step::more && left.size() >= record_header_bytes) {
      const auto header = read_record_header(left.first<record_header_bytes>());
      left = left.subspan(record_header_bytes);
      if (header.payload_bytes > side.payload_bytes_max() || header.payload_bytes > left.size())
        break;
      last = side.take(header.kind, left.first(header.payload_bytes), out);
      left = left.subspan(header.payload_bytes);
    }
    if (last != meeting::step::agreed) ++refused;
  }
  CHECK(refused > 600);  // all of the opening and the proof, at least
}

TEST_CASE("LI03 key: empty and short ones are refused with a way out") {
  CHECK(objection_to_key("").find("empty") != std::string::npos);
  CHECK(objection_to_key("secret").find("at least 16") != std::string::npos);
  CHECK(objection_to_key(good_key) == "");
}

TEST_CASE("LI11 key: a right answer verifies, and depends on key, role and both challenges") {
  challenge one{}, two{};
  two.fill(std::byte{2});
  const key_proof right = prove_key(good_key, "caller", one, two);
  CHECK(same_proof(right, prove_key(good_key, "caller", one, two)));
  CHECK_FALSE(same_proof(right, prove_key(good_key + "!", "caller", one, two)));
  CHECK_FALSE(same_proof(right, prove_key(good_key, "listener", one, two)));
  CHECK_FALSE(same_proof(right, prove_key(good_key, "caller", two, two)));
  CHECK_FALSE(same_proof(right, prove_key(good_key, "caller", one, one)));
  CHECK(make_challenge() != make_challenge());
}

TEST_CASE("key: the keyed hash is HMAC-SHA-256, as RFC 4231 says") {
  // The proof's text is fixed, so the figure was taken from another implementation (Python's hmac).
  challenge one{}, two{};
  one.fill(std::byte{1});
  two.fill(std::byte{2});
  const key_proof proof = prove_key("0123456789abcdef", "caller", one, two);
  std::string hex;
  for (std::byte b : proof) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", static_cast<unsigned>(b));
    hex += text;
  }
  CHECK(hex == "5bdb12b1c4b101a93d79e68f9aa37e7bdfd1c408e85564144bda45d1b783190a");
}

}  // namespace meeting_protocol_test
