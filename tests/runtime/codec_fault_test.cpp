// SPDX-License-Identifier: BSD-3-Clause
// What the codec refuses: bytes that nobody vouches for. Each ends in a value or an error, within
// the limits, whatever it announces. Meant to run under the address and undefined sanitizers.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <troupe/codec.hpp>

namespace codec_fault_test {

using troupe::decode_errc;

/// Counts what containers ask for, and the most they held at once.
struct memory_account {
  static inline std::size_t held = 0;
  static inline std::size_t held_max = 0;
  static void reset() { held = held_max = 0; }
};
template <class T>
struct counted {
  using value_type = T;
  counted() = default;
  template <class U>
  counted(const counted<U>&) {}
  T* allocate(std::size_t n) {
    memory_account::held += n * sizeof(T);
    memory_account::held_max = std::max(memory_account::held_max, memory_account::held);
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* at, std::size_t n) {
    memory_account::held -= n * sizeof(T);
    std::allocator<T>().deallocate(at, n);
  }
  bool operator==(const counted&) const = default;
};

struct kilobyte {
  std::array<std::uint8_t, 1024> bytes{};
};
struct order {
  std::int32_t number = 0;
  double price = 0;
  std::string item;
};
struct mixed {
  bool flag = false;
  std::optional<std::int16_t> maybe;
  std::variant<int, std::string, std::vector<bool>> choice;
  std::unique_ptr<order> owned;
  std::chrono::microseconds delay{};
};
struct tree {
  std::int32_t value = 0;
  std::vector<tree> children;
};
struct chain {
  std::unique_ptr<chain> next;
};
struct with_text {
  std::vector<std::string> lines;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(lines);
  }
};

struct watched {
  watched() { ++alive; }
  watched(const watched&) = delete;
  ~watched() { --alive; }
  static inline int alive = 0;
  template <class Archive>
  void save(Archive&) const {}
  template <class Archive>
  void load(Archive&) {
    throw std::runtime_error("no");
  }
};

std::vector<std::byte> bytes_of(const auto& value) {
  troupe::byte_buffer out;
  troupe::encode(out, value);
  return {out.data(), out.data() + out.size()};
}

/// Decodes a copy that ends where the allocation ends, so that the sanitizer sees any overrun.
template <class T>
decode_errc outcome(std::span<const std::byte> bytes) {
  const std::unique_ptr<std::byte[]> copy(new std::byte[bytes.size()]);
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  auto result = troupe::decode<T>({copy.get(), bytes.size()});
  if (result.has_error()) {
    CHECK(result.error().code != decode_errc::none);
    CHECK(result.error().text.starts_with(troupe::type_name<T>()));
    return result.error().code;
  }
  (void)bytes_of(*result);  // looks at all of the value
  return decode_errc::none;
}

template <class T>
void disturb(const T& value) {
  const std::vector<std::byte> good = bytes_of(value);
  CHECK(outcome<T>(good) == decode_errc::none);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(outcome<T>(std::span(good).first(size)) != decode_errc::none);
  }
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::vector<std::byte> bad = good;
    bad[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    (void)outcome<T>(bad);
  }
  std::vector<std::byte> longer = good;
  longer.push_back(std::byte{0});
  CHECK(outcome<T>(longer) == decode_errc::trailing_bytes);
}

TEST_CASE("codec: every prefix is an error, every flipped bit a value or an error") {
  disturb(order{1, 2.5, "twenty-eight characters long"});
  disturb(std::vector<order>{{1, 2, "a"}, {3, 4, "bc"}});
  disturb(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
  mixed all;
  all.flag = true;
  all.maybe = std::int16_t{3};
  all.choice = std::vector<bool>{true, false};
  all.owned = std::make_unique<order>(order{1, 2, "x"});
  disturb(all);
  disturb(tree{1, {{2, {}}, {3, {{4, {}}}}}});
  disturb(with_text{{"one", "two"}});
  disturb(std::unordered_map<int, std::list<std::string>>{{1, {"x", "y"}}, {2, {}}});
}

/// A container that announces `count` elements, followed by `rest` bytes.
std::vector<std::byte> announced(std::uint32_t count, std::size_t rest) {
  std::vector<std::byte> bytes(sizeof count + rest);
  std::memcpy(bytes.data(), &count, sizeof count);
  return bytes;
}

template <class T>
void exaggerate(std::size_t wire_bytes_min) {
  const std::size_t rest = 4 * wire_bytes_min;
  for (const std::uint32_t count : {std::numeric_limits<std::uint32_t>::max(), 0x80000000U,
                                    0x00100000U, static_cast<std::uint32_t>(rest + 1), 5U}) {
    if (count * wire_bytes_min <= rest) continue;
    memory_account::reset();
    CAPTURE(count);
    CHECK(outcome<T>(announced(count, rest)) == decode_errc::count_too_large);
    CHECK(memory_account::held_max < 4096);
  }
}

TEST_CASE("codec: a count beyond the bytes left is refused before anything is allocated") {
  exaggerate<std::vector<std::uint8_t, counted<std::uint8_t>>>(1);
  exaggerate<std::vector<kilobyte, counted<kilobyte>>>(1024);
  exaggerate<std::basic_string<char, std::char_traits<char>, counted<char>>>(1);
  exaggerate<std::map<int, int, std::less<>, counted<std::pair<const int, int>>>>(8);
  exaggerate<std::list<std::uint8_t, counted<std::uint8_t>>>(1);
  exaggerate<std::set<std::uint8_t, std::less<>, counted<std::uint8_t>>>(1);
  exaggerate<std::vector<bool, counted<bool>>>(1);
}

TEST_CASE("codec: what is small on the wire and large in memory is refused by the memory limit") {
  // 1 MiB of zero bytes would be a gigabyte of empty optionals.
  using records = std::vector<std::optional<kilobyte>, counted<std::optional<kilobyte>>>;
  memory_account::reset();
  CHECK(outcome<records>(announced(1 << 20, 1 << 20)) == decode_errc::memory_limit);
  CHECK(memory_account::held_max < 1 << 20);
  CHECK(outcome<records>(announced(1 << 10, 1 << 10)) == decode_errc::none);

  // The limit holds for the sum of all parts, not for each alone.
  const std::vector<std::string> lines(100, std::string(1000, 'x'));
  const auto bytes = bytes_of(lines);
  const auto result = troupe::decode<std::vector<std::string>>(bytes, nullptr, {50'000, 64});
  REQUIRE(result.has_error());
  CHECK(result.error().code == decode_errc::memory_limit);
}

TEST_CASE("codec: elements without bytes are limited in number") {
  struct nothing {};
  CHECK(outcome<std::vector<nothing>>(announced(65536, 0)) == decode_errc::none);
  CHECK(outcome<std::vector<nothing>>(announced(65537, 0)) == decode_errc::count_too_large);
}

std::vector<std::byte> links(std::size_t count) {
  std::vector<std::byte> bytes(count, std::byte{1});
  bytes.push_back(std::byte{0});
  return bytes;
}
std::vector<std::byte> branches(std::size_t levels) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < levels; ++i) {
    const std::uint32_t node[] = {7, i + 1 < levels ? 1U : 0U};
    const auto raw = std::as_bytes(std::span(node));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  return bytes;
}

TEST_CASE("codec: 64 levels are read, the 65th is refused, and so is the 100,000th") {
  for (const std::size_t depth : {63, 64}) {
    CHECK(outcome<chain>(links(depth)) == decode_errc::none);
    CHECK(outcome<tree>(branches(depth)) == decode_errc::none);
  }
  for (const std::size_t depth : {65, 100'000}) {
    CHECK(outcome<chain>(links(depth)) == decode_errc::nesting_limit);
    CHECK(outcome<tree>(branches(depth)) == decode_errc::nesting_limit);
  }
}

TEST_CASE("codec: values out of range are refused") {
  const auto one = [](int value) { return std::vector<std::byte>{static_cast<std::byte>(value)}; };
  enum class yes_no : bool { no, yes };
  for (int value = 2; value < 256; ++value) {
    CHECK(outcome<bool>(one(value)) == decode_errc::bad_value);
    CHECK(outcome<yes_no>(one(value)) == decode_errc::bad_value);
    CHECK(outcome<std::optional<bool>>(one(value)) == decode_errc::bad_value);
    CHECK(outcome<std::unique_ptr<int>>(one(value)) == decode_errc::bad_value);
    CHECK(outcome<std::variant<std::monostate, bool>>(one(value)) == decode_errc::bad_value);
  }
  CHECK(outcome<std::set<bool>>(bytes_of(std::vector<bool>{true, true})) == decode_errc::bad_value);
}

TEST_CASE("codec: an error names the message and what was wrong") {
  const auto bytes = bytes_of(order{1, 2, "three"});
  const auto result = troupe::decode<order>(std::span(bytes).first(6));
  REQUIRE(result.has_error());
  CHECK(result.error().text ==
        "codec_fault_test::order: the bytes end inside the value (at float)");
  CHECK_THROWS_WITH((void)result.value(), result.error().text.c_str());
}

TEST_CASE("codec: a refused message leaves nothing behind at its place") {
  alignas(watched) std::byte place[sizeof(watched)];
  troupe::decode_error error;
  CHECK_FALSE(troupe::decode_into<watched>(place, {}, nullptr, {}, error));
  CHECK(watched::alive == 0);
  CHECK(error.code == decode_errc::serialiser);
}

}  // namespace codec_fault_test
