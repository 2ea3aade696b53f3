// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <troupe/codec.hpp>
#include <vector>

#include "allocation_count.hpp"
#include "answer_book.hpp"
#include "golden_frames.hpp"
#include "handshake.hpp"

namespace frame_test {

using namespace troupe;
using namespace troupe::detail;

namespace {

constexpr std::size_t memory_rise_max = std::size_t{1} << 20;

golden::bytes encoded(const frame& f) {
  byte_buffer out;
  const std::size_t start = begin_frame(out, f);
  out.append(f.payload.data(), f.payload.size());
  CHECK(finish_frame(out, start));
  return {out.data(), out.data() + out.size()};
}

/// Whatever the bytes are: one of three states, nothing read outside of `input`.
/// `input` is copied to a block of exactly its size, so that a sanitizer sees a read behind it.
parsed checked_parse(std::span<const std::byte> input) {
  const auto exact = std::make_unique<std::byte[]>(input.size());
  if (!input.empty()) std::memcpy(exact.get(), input.data(), input.size());
  const std::span<const std::byte> copy{exact.get(), input.size()};
  parsed p = parse_frame(copy);
  if (p.state == parse_state::complete) {
    CHECK(p.bytes <= input.size());
    CHECK(p.bytes >= frame_header_bytes);
    CHECK(p.value.payload.size() <= p.bytes - frame_header_bytes);
    if (!p.value.payload.empty()) {
      CHECK(p.value.payload.data() >= copy.data());
      CHECK(p.value.payload.data() + p.value.payload.size() <= copy.data() + p.bytes);
    }
  }
  if (p.state == parse_state::bad) CHECK(std::string(p.error) != "");
  p.value.payload = {};
  return p;
}

golden::bytes header(std::uint32_t length, std::uint8_t kind, std::uint8_t flags = 0,
                     std::uint16_t zero = 0, std::uint64_t type = 0) {
  byte_buffer out;
  out.put(length);
  out.put(kind);
  out.put(flags);
  out.put(zero);
  out.put(std::uint32_t{1});
  out.put(std::uint32_t{1});
  out.put(type);
  return {out.data(), out.data() + out.size()};
}

}  // namespace

TEST_CASE("frame: the bytes of each kind are those of the first release") {
  for (const auto& example : golden::frames()) {
    CAPTURE(example.name);
    CHECK(golden::to_hex(encoded(example.frame)) == example.hex);
  }
}

TEST_CASE("frame: what was written is read") {
  for (const auto& example : golden::frames()) {
    CAPTURE(example.name);
    const auto bytes = golden::from_hex(example.hex);
    const parsed p = parse_frame(bytes);
    REQUIRE(p.state == parse_state::complete);
    CHECK(p.bytes == bytes.size());
    const frame& f = example.frame;
    CHECK(p.value.kind == f.kind);
    CHECK(p.value.flags == f.flags);
    CHECK(p.value.slot == f.slot);
    CHECK(p.value.generation == f.generation);
    CHECK(p.value.type == f.type);
    CHECK(p.value.node == f.node);
    CHECK(p.value.id == f.id);
    CHECK(p.value.from.node == f.from.node);
    CHECK(p.value.from.slot == f.from.slot);
    CHECK(p.value.from.generation == f.from.generation);
    CHECK(p.value.remaining == f.remaining);
    CHECK(golden::to_hex(p.value.payload) == golden::to_hex(f.payload));
  }
}

TEST_CASE("frame: every prefix is incomplete, and nothing else") {
  for (const auto& example : golden::frames()) {
    CAPTURE(example.name);
    const auto bytes = golden::from_hex(example.hex);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      const parsed p = checked_parse({bytes.data(), n});
      CHECK(p.state == parse_state::incomplete);
      CHECK(p.bytes == (n < frame_header_bytes ? 0 : bytes.size()));
    }
  }
}

TEST_CASE("frame: bytes behind a frame are left for the next") {
  for (const auto& example : golden::frames()) {
    auto bytes = golden::from_hex(example.hex);
    const std::size_t whole = bytes.size();
    for (int i = 0; i < 5; ++i) bytes.push_back(std::byte{0xff});
    const parsed p = checked_parse(bytes);
    CHECK(p.state == parse_state::complete);
    CHECK(p.bytes == whole);
  }
}

TEST_CASE("frame: every flip of one bit gives a frame or an error") {
  unsigned cases = 0;
  const std::size_t rise = allocation_count::rise_during([&] {
    for (const auto& example : golden::frames()) {
      auto bytes = golden::from_hex(example.hex);
      for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit, ++cases) {
        bytes[bit / 8] ^= std::byte(1u << bit % 8);
        for (std::size_t n = 0; n <= bytes.size(); ++n) checked_parse({bytes.data(), n});
        bytes[bit / 8] ^= std::byte(1u << bit % 8);
      }
    }
  });
  MESSAGE("single-bit flips: ", cases);
  CHECK(cases > 4000);
  CHECK(rise < memory_rise_max);
}

TEST_CASE("frame: random bytes give one of the three states") {
  std::mt19937_64 random(20251122);
  for (int round = 0; round < 20000; ++round) {
    golden::bytes bytes(random() % 96);
    for (std::byte& b : bytes) b = std::byte(random());
    if (bytes.size() >= 8 && round % 2) {  // half of them with a header that may pass
      const std::uint32_t length = random() % 64;
      std::memcpy(bytes.data(), &length, 4);
      bytes[4] = std::byte(random() % 11);
      bytes[5] = std::byte(random() % 4);
      bytes[6] = bytes[7] = std::byte{0};
    }
    checked_parse(bytes);
  }
}

TEST_CASE("frame: a length over the limit is refused by its header alone") {
  const std::size_t rise = allocation_count::rise_during([] {
    for (std::uint64_t length : {std::uint64_t{0xffffffff}, std::uint64_t{0xfffffffe},
                                 std::uint64_t{0x80000000}, std::uint64_t{0x7fffffff},
                                 std::uint64_t{0x40000000}, std::uint64_t{frame_bytes_max} + 1}) {
      for (std::uint8_t kind = 1; kind <= 10; ++kind) {
        auto bytes = header(static_cast<std::uint32_t>(length), kind, 0, 0, 1);
        bytes.resize(bytes.size() + 32);
        CHECK(checked_parse(bytes).state == parse_state::bad);
        bytes.resize(frame_header_bytes);
        CHECK(checked_parse(bytes).state == parse_state::bad);
      }
    }
  });
  CHECK(rise < memory_rise_max);
}

TEST_CASE("K22 K23 frame: a length of 64 bits, as 2^62, is no frame") {
  // K22: as other wire formats would write it; here its upper half is kind, flags and zero.
  const std::uint64_t length = std::uint64_t{1} << 62;
  auto bytes = header(0, 1);
  std::memcpy(bytes.data(), &length, sizeof length);
  CHECK(checked_parse(bytes).state == parse_state::bad);
  const std::int64_t negative = -1;  // K23
  std::memcpy(bytes.data(), &negative, sizeof negative);
  CHECK(checked_parse(bytes).state == parse_state::bad);
}

TEST_CASE("frame: the limit itself is not refused") {
  const auto bytes = header(static_cast<std::uint32_t>(frame_bytes_max), 1, 0, 0, 1);
  const parsed p = checked_parse(bytes);
  CHECK(p.state == parse_state::incomplete);
  CHECK(p.bytes == frame_header_bytes + frame_bytes_max);
  CHECK(parse_frame(bytes, 1024).state == parse_state::bad);
}

TEST_CASE("frame: unknown kinds, all of them") {
  for (unsigned kind = 0; kind < 256; ++kind) {
    CAPTURE(kind);
    auto bytes = header(0, static_cast<std::uint8_t>(kind));
    const bool known = kind >= 1 && kind <= 10;
    const bool short_for_kind = known && (has_id(static_cast<frame_kind>(kind)));
    const auto expected = known && !short_for_kind ? parse_state::complete : parse_state::bad;
    CHECK(checked_parse(bytes).state == expected);
  }
}

TEST_CASE("frame: flags that no kind knows, and a zero that is not") {
  for (unsigned kind = 1; kind <= 10; ++kind) {
    for (unsigned flags = 0; flags < 256; ++flags) {
      const auto k = static_cast<frame_kind>(kind);
      unsigned allowed = k == frame_kind::hello ? 0u : route_flag | passed_flag;
      if (k == frame_kind::monitor) allowed |= answer_flag | link_flags;
      const auto bytes = header(64, static_cast<std::uint8_t>(kind),
                                static_cast<std::uint8_t>(flags), 0, kind == 3 || kind > 6 ? 0 : 1);
      const bool carries = kind != 3 && kind != 7 && kind != 8 && kind != 9;
      const bool good = (flags & ~allowed) == 0 && carries && k != frame_kind::hello;
      CAPTURE(kind);
      CAPTURE(flags);
      if (good) CHECK(checked_parse(bytes).state == parse_state::incomplete);
      if ((flags & ~allowed) != 0) CHECK(checked_parse(bytes).state == parse_state::bad);
    }
    for (unsigned bit = 0; bit < 16; ++bit) {
      const auto bytes =
          header(64, static_cast<std::uint8_t>(kind), 0, static_cast<std::uint16_t>(1u << bit), 1);
      CHECK(checked_parse(bytes).state == parse_state::bad);
    }
  }
}

TEST_CASE("frame: an extension that is cut short by the length") {
  for (const auto& example : golden::frames()) {
    CAPTURE(example.name);
    const auto bytes = golden::from_hex(example.hex);
    const std::size_t extension = bytes.size() - frame_header_bytes - example.frame.payload.size();
    for (std::uint32_t length = 0; length < extension; ++length) {
      auto cut = bytes;
      std::memcpy(cut.data(), &length, sizeof length);
      CHECK(checked_parse(cut).state == parse_state::bad);
    }
  }
}

TEST_CASE("frame: a payload and a type where there can be none") {
  for (unsigned kind : {3u, 7u, 8u, 9u}) {  // stop, monitor, demonitor, kill
    auto typed = header(64, static_cast<std::uint8_t>(kind), 0, 0, 5);
    CHECK(checked_parse(typed).state == parse_state::bad);
    auto untyped = header(64, static_cast<std::uint8_t>(kind), 0, 0, 0);
    CHECK(checked_parse(untyped).state == parse_state::bad);
  }
  CHECK(checked_parse(header(1, 1, 0, 0, 0)).state == parse_state::bad);
}

TEST_CASE("frame: an ask that has less than no time") {
  auto bytes = golden::from_hex(golden::frames()[2].hex);
  const std::int64_t remaining = -1;
  std::memcpy(bytes.data() + 48, &remaining, sizeof remaining);
  CHECK(checked_parse(bytes).state == parse_state::bad);
}

TEST_CASE("frame: one over the limit is taken back, what stands before it stays") {
  byte_buffer out;
  frame f;
  f.type = 1;
  const std::size_t first = begin_frame(out, f);
  out.put(std::uint32_t{7});
  REQUIRE(finish_frame(out, first));
  const std::size_t before = out.size();
  const std::size_t start = begin_frame(out, f);
  (void)out.extend(frame_bytes_max + 1);
  CHECK_FALSE(finish_frame(out, start));
  CHECK(out.size() == before);
  CHECK(parse_frame(out.bytes()).state == parse_state::complete);
}

// What a payload announces -----------------------------------------------------------------------

namespace {

struct record {
  std::array<std::uint64_t, 128> words{};
};
struct containers {
  std::vector<std::uint8_t> bytes;
  std::string text;
  std::vector<std::string> texts;
  std::vector<record> records;
  std::map<std::uint32_t, std::string> map;
};

template <class T>
void refuses_counts() {
  for (std::uint32_t count : {0xffffffffu, 0x80000000u, 0x7fffffffu, 0x01000000u, 9u}) {
    byte_buffer out;
    out.put(count);
    out.put(std::uint64_t{0});  // 8 bytes are left: 9 elements of one byte are one too many
    const std::size_t rise = allocation_count::rise_during([&] {
      auto value = decode<T>(out.bytes());
      CHECK_FALSE(value.has_value());
    });
    CHECK(rise < memory_rise_max);
  }
}

}  // namespace

TEST_CASE("payload: a container's count is checked before anything is allocated") {
  refuses_counts<std::vector<std::uint8_t>>();
  refuses_counts<std::string>();
  refuses_counts<std::vector<std::string>>();
  refuses_counts<std::vector<record>>();
  refuses_counts<std::map<std::uint32_t, std::string>>();
  refuses_counts<std::vector<std::vector<std::uint64_t>>>();
}

TEST_CASE("payload: every prefix and every flipped bit is a value or an error") {
  containers value;
  value.bytes = {1, 2, 3};
  value.text = "text";
  value.texts = {"a", "", "bc"};
  value.records.resize(1);
  value.map = {{1, "one"}, {2, "two"}};
  byte_buffer out;
  encode(out, value);
  golden::bytes bytes(out.data(), out.data() + out.size());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK_FALSE(decode<containers>({bytes.data(), n}).has_value());
  }
  const std::size_t rise = allocation_count::rise_during([&] {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= std::byte(1u << bit % 8);
      (void)decode<containers>(bytes);
      bytes[bit / 8] ^= std::byte(1u << bit % 8);
    }
  });
  CHECK(rise < memory_rise_max);
}

// Greetings --------------------------------------------------------------------------------------

namespace {
std::string refusal(const golden::bytes& bytes, hello& into) {
  const parsed p = parse_frame(bytes, hello_bytes_max);
  if (p.state == parse_state::incomplete) return "incomplete";
  if (p.state == parse_state::bad) return p.error;
  return read_hello(p.value, into);
}
golden::bytes greeting_bytes(const hello& greeting) {
  byte_buffer out;
  write_hello(out, greeting);
  return {out.data(), out.data() + out.size()};
}
hello example_greeting() {
  hello h;
  h.node = 0x1112131415161718;
  h.type_table = 0x2122232425262728;
  h.name = "teller";
  return h;
}
}  // namespace

TEST_CASE("hello: its bytes are those of version 1") {
  const auto bytes = greeting_bytes(example_greeting());
  const std::string hex = golden::to_hex(bytes);
  // The header but for the type (the identity of hello's layout), then the fields in order.
  CHECK(hex.substr(0, 32) == "2e0000000a0000000000000000000000");
  CHECK(hex.substr(48) ==
        "2154726f75706531"
        "01000000"
        "1817161514131211"
        "2827262524232221"
        "0000000400000000"
        "06000000"
        "74656c6c6572");
  hello read;
  CHECK(refusal(bytes, read) == "");
  CHECK(read.node == 0x1112131415161718);
  CHECK(read.type_table == 0x2122232425262728);
  CHECK(read.name == "teller");
}

TEST_CASE("hello: every prefix is incomplete, every flipped bit is refused or read") {
  auto bytes = greeting_bytes(example_greeting());
  hello read;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}, read) ==
          "incomplete");
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte(1u << bit % 8);
    const std::string why = refusal(bytes, read);
    const bool type_magic_or_version = bit >= 16 * 8 && bit < (24 + 12) * 8;
    CAPTURE(bit);
    if (type_magic_or_version) CHECK(why != "");
    bytes[bit / 8] ^= std::byte(1u << bit % 8);
  }
}

TEST_CASE("hello: a refusal names both sides") {
  hello theirs = example_greeting();
  theirs.version = wire_version + 1;
  hello read;
  std::string why = refusal(greeting_bytes(theirs), read);
  CHECK(why.find("version 2") != std::string::npos);
  CHECK(why.find("version 1") != std::string::npos);

  theirs = example_greeting();
  theirs.magic ^= 1;
  CHECK(refusal(greeting_bytes(theirs), read) == "a greeting that is not Troupe's");

  theirs = example_greeting();
  hello ours = example_greeting();
  ours.name = "bank";
  ours.type_table ^= 1;
  why = check_hello(theirs, ours, theirs.node);
  CHECK(why.find("teller") != std::string::npos);
  CHECK(why.find("bank") != std::string::npos);
  CHECK(check_hello(theirs, ours, theirs.node + 1) != "");
  ours.type_table = theirs.type_table;
  CHECK(check_hello(theirs, ours, theirs.node) == "");

  theirs.name = std::string(node_name_bytes_max + 1, 'x');
  CHECK(refusal(greeting_bytes(theirs), read) == "a greeting with too long a name");
  theirs.name = std::string(hello_bytes_max, 'x');
  CHECK(refusal(greeting_bytes(theirs), read) != "");
}

TEST_CASE("hello: another frame first is not a greeting") {
  for (const auto& example : golden::frames()) {
    if (example.frame.kind == frame_kind::hello) continue;
    hello read;
    CHECK(refusal(golden::from_hex(example.hex), read) == "the first frame is not a greeting");
  }
}

// What is owed -----------------------------------------------------------------------------------

TEST_CASE("answer_book: an answer that nobody waits for is let through once, and never settled") {
  answer_book book;
  for (std::uint64_t id = 1; id <= answer_book::withdrawn_max + 1; ++id) {
    book.note({address{nullptr, 3, 1}, id, {}, envelope_kind::ask, false});
    book.withdraw({nullptr, 3, 1}, id);
    book.withdraw({nullptr, 3, 1}, id);
  }
  book.withdraw({nullptr, 3, 2}, 1);  // never asked
  CHECK(book.cross_out({nullptr, 3, 1}, 1, false));
  CHECK_FALSE(book.cross_out({nullptr, 3, 1}, 1, false));
  // There are not more than so many: a peer that never answers costs no more.
  CHECK_FALSE(book.cross_out({nullptr, 3, 1}, answer_book::withdrawn_max + 1, false));
  unsigned settled = 0;
  book.settle_all([&](const answer_book::debt&) { ++settled; });
  CHECK(settled == 0);
}

TEST_CASE("answer_book: a debt is crossed out once, by its own kind of answer") {
  answer_book book;
  const address asker{nullptr, 7, 1};
  const address other{nullptr, 7, 3};
  book.note({asker, 1, {}, envelope_kind::ask, false});
  book.note({asker, 2, {}, envelope_kind::monitor, false});
  book.note({asker, 3, {}, envelope_kind::monitor, true});
  CHECK_FALSE(book.cross_out(other, 1, false));
  CHECK_FALSE(book.cross_out(asker, 9, false));
  CHECK_FALSE(book.cross_out(asker, 1, true));   // an end is no answer to an ask
  CHECK_FALSE(book.cross_out(asker, 2, false));  // nor the other way round
  CHECK(book.cross_out(asker, 1, false));
  CHECK_FALSE(book.cross_out(asker, 1, false));
  CHECK(book.cross_out(asker, 3, false));
  unsigned left = 0;
  book.settle_all([&](const answer_book::debt& d) {
    ++left;
    CHECK(d.id == 2);
  });
  CHECK(left == 1);
  book.settle_all([&](const answer_book::debt&) { ++left; });
  CHECK(left == 1);
}

}  // namespace frame_test
