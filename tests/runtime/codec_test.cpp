// SPDX-License-Identifier: BSD-3-Clause
// What the codec carries: every kind of value there and back, and the exact bytes of some.

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <troupe/codec.hpp>

namespace codec_test {

template <class T>
T there_and_back(const T& value) {
  troupe::byte_buffer out;
  troupe::encode(out, value);
  auto result = troupe::decode<T>(out.bytes());
  REQUIRE_MESSAGE(result.has_value(), (result.has_error() ? result.error().text : std::string()));
  return std::move(*result);
}

template <class T>
std::string hex(const T& value) {
  troupe::byte_buffer out;
  troupe::encode(out, value);
  std::string text;
  for (const std::byte b : out.bytes()) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[std::to_integer<int>(b) >> 4];
    text += digits[std::to_integer<int>(b) & 15];
  }
  return text;
}

enum class colour : std::uint16_t { red = 1, green = 0x0203 };
enum class yes_no : bool { no, yes };

struct point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  bool operator==(const point&) const = default;
};
struct padded {
  std::uint8_t small = 0;
  double large = 0;
  bool flag = false;
  bool operator==(const padded&) const = default;
};
struct nothing {
  bool operator==(const nothing&) const = default;
};
struct order {
  std::int32_t number = 0;
  double price = 0;
  std::string item;
  bool operator==(const order&) const = default;
};
struct everything {
  std::vector<order> orders;
  std::map<std::string, std::vector<int>> by_name;
  std::unordered_map<int, point> by_number;
  std::set<std::string> names;
  std::unordered_set<long> numbers;
  std::optional<order> last;
  std::variant<std::monostate, int, std::string> choice;
  std::pair<char, float> pair;
  std::tuple<nothing, colour, yes_no> tuple;
  std::array<point, 3> triangle{};
  std::array<std::string, 2> two;
  std::array<int, 0> none{};
  std::vector<bool> bits;
  std::deque<point> line;
  std::list<std::string> list;
  std::chrono::milliseconds delay{};
  std::chrono::sys_seconds when{};
  std::u16string wide;
  padded last_but_one;
  long double precise = 0;
  bool operator==(const everything&) const = default;
};
struct parcel {
  std::unique_ptr<order> content;
  std::vector<std::unique_ptr<int>> more;
};
struct tree {
  int value = 0;
  std::vector<tree> children;
  bool operator==(const tree&) const = default;
};
class sealed {
 public:
  sealed() = default;
  explicit sealed(int value) : value_(value) {}
  bool operator==(const sealed&) const = default;

 private:
  friend struct troupe::detail::wire_format<sealed>;
  int value_ = 0;
};
struct blob {
  std::array<std::byte, 65536> bytes{};
};

}  // namespace codec_test

template <>
struct troupe::detail::wire_format<codec_test::sealed> {
  static constexpr std::size_t wire_bytes_min = 2;
  static constexpr std::string_view layout = "sealed";
  static void write(byte_buffer& out, const codec_test::sealed& value) {
    out.put(static_cast<std::uint16_t>(value.value_));
  }
  static bool read(wire_reader& in, codec_test::sealed& value) {
    std::uint16_t number = 0;
    if (!in.take(&number, sizeof number, "sealed")) return false;
    value.value_ = number;
    return true;
  }
};

namespace codec_test {

everything full() {
  everything all;
  all.orders = {{1, 2.5, "pen"}, {-7, -0.0, std::string(100, 'x')}};
  all.by_name = {{"a", {1, 2, 3}}, {"", {}}};
  all.by_number = {{5, {1, 2}}, {-5, {3, 4}}};
  all.names = {"x", "y"};
  all.numbers = {1, std::numeric_limits<long>::min()};
  all.last = order{9, 1e300, std::string("zero\0inside", 11)};
  all.choice = "text";
  all.pair = {'c', 1.5F};
  all.tuple = {{}, colour::green, yes_no::yes};
  all.triangle = {{{1, 2}, {3, 4}, {5, 6}}};
  all.two = {"one", "two"};
  all.bits = {true, false, true};
  all.line = {{1, 1}, {2, 2}};
  all.list = {"l", "i"};
  all.delay = std::chrono::milliseconds(-3);
  all.when = std::chrono::sys_seconds(std::chrono::seconds(1));
  all.wide = u"wide";
  all.last_but_one = {1, 2, true};
  all.precise = 1.25L;
  return all;
}

TEST_CASE("codec: numbers come back as they were, at their limits too") {
  CHECK(there_and_back(std::numeric_limits<std::int64_t>::min()) ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(there_and_back(std::numeric_limits<std::uint64_t>::max()) ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(there_and_back(true));
  CHECK(there_and_back('x') == 'x');
  CHECK(there_and_back(std::byte{200}) == std::byte{200});
  CHECK(std::isnan(there_and_back(std::numeric_limits<double>::quiet_NaN())));
  CHECK(std::signbit(there_and_back(-0.0F)));
  CHECK(there_and_back(std::numeric_limits<long double>::max()) ==
        std::numeric_limits<long double>::max());
}

TEST_CASE("codec: an aggregate of everything comes back equal, full and empty") {
  CHECK(there_and_back(full()) == full());
  CHECK(there_and_back(everything{}) == everything{});
}

TEST_CASE("codec: each alternative of a variant comes back as itself") {
  using choice = std::variant<std::monostate, int, std::string, tree>;
  for (const choice& value : {choice{}, choice{7}, choice{"seven"}, choice{tree{7, {{8, {}}}}}}) {
    CHECK(there_and_back(value) == value);
  }
}

TEST_CASE("codec: move-only messages travel") {
  parcel sent;
  sent.content = std::make_unique<order>(order{1, 2, "three"});
  sent.more.push_back(nullptr);
  sent.more.push_back(std::make_unique<int>(4));
  const parcel received = there_and_back(sent);
  REQUIRE(received.content);
  CHECK(*received.content == *sent.content);
  REQUIRE(received.more.size() == 2);
  CHECK_FALSE(received.more[0]);
  CHECK(*received.more[1] == 4);
}

TEST_CASE("codec: a type that contains itself travels") {
  const tree oak{1, {{2, {}}, {3, {{4, {}}, {5, {}}}}}};
  CHECK(there_and_back(oak) == oak);
}

TEST_CASE("codec: an empty struct takes no bytes") {
  CHECK(hex(nothing{}).empty());
  CHECK(there_and_back(nothing{}) == nothing{});
  CHECK(there_and_back(std::vector<nothing>(10)).size() == 10);
}

TEST_CASE("codec: a type of the runtime may have bytes of its own") {
  CHECK(hex(sealed(258)) == "0201");
  const std::vector<sealed> two{sealed(1), sealed(2)};
  CHECK(there_and_back(two) == two);
}

TEST_CASE("codec: a large member costs no more to describe than a small one") {
  const auto sent = std::make_unique<blob>();
  sent->bytes[65535] = std::byte{1};
  troupe::byte_buffer out;
  troupe::encode(out, *sent);
  CHECK(out.size() == 65536);
  const auto received = std::make_unique<blob>();
  troupe::decode_error error;
  REQUIRE(troupe::decode_into<blob>(received.get(), out.bytes(), nullptr, {}, error));
  CHECK(received->bytes == sent->bytes);
}

TEST_CASE("codec: a megabyte comes back") {
  std::vector<double> numbers(1 << 17, 1.5);
  CHECK(there_and_back(numbers) == numbers);
  const std::string text(1 << 20, 't');
  CHECK(there_and_back(text) == text);
}

TEST_CASE("codec: the bytes on the wire are these, for ever") {
  CHECK(hex(order{1, 1.0, "pen"}) ==
        "01000000"
        "000000000000f03f"
        "03000000"
        "70656e");
  CHECK(hex(std::vector<std::uint16_t>{1, 0x203}) ==
        "02000000"
        "0100"
        "0302");
  CHECK(hex(std::map<std::string, int>{{"a", 1}}) ==
        "01000000"
        "01000000"
        "61"
        "01000000");
  CHECK(hex(std::optional<point>{}) == "00");
  CHECK(hex(std::optional<point>{{1, -1}}) ==
        "01"
        "01000000"
        "ffffffff");
  CHECK(hex(std::variant<int, std::string>{"x"}) ==
        "01"
        "01000000"
        "78");
  CHECK(hex(padded{255, 1.0, true}) ==
        "ff"
        "000000000000f03f"
        "01");
  CHECK(hex(tree{1, {{2, {}}}}) ==
        "01000000"
        "01000000"
        "02000000"
        "00000000");
  CHECK(hex(std::vector<bool>{true, false}) ==
        "02000000"
        "01"
        "00");
  CHECK(hex(std::tuple<colour, yes_no>{colour::green, yes_no::yes}) ==
        "0302"
        "01");
  CHECK(hex(std::chrono::milliseconds(258)) == "0201000000000000");
  CHECK(hex(std::unique_ptr<int>()) == "00");
  CHECK(hex(std::make_unique<int>(3)) ==
        "01"
        "03000000");
  CHECK(hex(std::array<padded, 2>{{{1, 0, false}, {2, 0, true}}}) ==
        "01"
        "0000000000000000"
        "00"
        "02"
        "0000000000000000"
        "01");
  CHECK(hex(1.0L).size() == 20);
}

TEST_CASE("codec: copying memory and going member by member give the same bytes") {
  static_assert(troupe::detail::is_bulk<point>());
  static_assert(!troupe::detail::is_bulk<padded>());
  static_assert(!troupe::detail::is_bulk<std::vector<point>>());
  const point p{0x01020304, -2};
  CHECK(hex(p) == hex(std::tuple<std::int32_t, std::int32_t>{p.x, p.y}));
  CHECK(hex(std::vector<point>{p, p}) == hex(std::list<point>{p, p}));
}

TEST_CASE("byte_buffer: clear keeps the memory and truncate takes back") {
  troupe::byte_buffer out;
  out.append("0123456789", 10);
  out.patch<char>(0, 'x');
  out.truncate(3);
  CHECK(out.size() == 3);
  CHECK(std::to_integer<char>(out.bytes()[0]) == 'x');
  const auto capacity = out.capacity();
  out.clear();
  CHECK(out.empty());
  CHECK(out.capacity() == capacity);
  troupe::byte_buffer moved = std::move(out);
  CHECK(moved.capacity() == capacity);
  moved.shrink(0);
  CHECK(moved.capacity() == 0);
}

}  // namespace codec_test
