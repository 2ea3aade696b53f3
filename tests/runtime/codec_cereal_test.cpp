// SPDX-License-Identifier: BSD-3-Clause
// What the codec does with a type's own cereal functions, in each of the forms that cereal knows,
// and beside cereal's headers for the standard types, which must neither clash nor change a byte.

#include <doctest/doctest.h>

#include <algorithm>
#include <bitset>
#include <complex>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <cereal/types/bitset.hpp>
#include <cereal/types/complex.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>

#include <troupe/codec.hpp>

namespace codec_cereal_test {

struct plain {
  int number = 0;
  std::string text;
  bool operator==(const plain&) const = default;
};

struct by_member {
  plain inner;
  std::vector<std::string> lines;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(inner), cereal::make_nvp("lines", lines));
  }
  bool operator==(const by_member&) const = default;
};

class by_friend {
 public:
  by_friend() = default;
  explicit by_friend(int value) : value_(value) {}
  bool operator==(const by_friend&) const = default;

 private:
  friend class cereal::access;
  template <class Archive>
  void save(Archive& archive) const {
    archive(value_ + 1);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(value_);
    --value_;
  }
  int value_ = 0;
};

struct by_function {
  int a = 0;
  std::optional<plain> b;
  bool operator==(const by_function&) const = default;
};
template <class Archive>
void serialize(Archive& archive, by_function& value) {
  archive & value.b & value.a;
}

struct minimal {
  int value = 0;
  template <class Archive>
  std::string save_minimal(const Archive&) const {
    return std::to_string(value);
  }
  template <class Archive>
  void load_minimal(const Archive&, const std::string& text) {
    value = std::stoi(text);
  }
  bool operator==(const minimal&) const = default;
};

struct minimal_by_function {
  int value = 0;
  bool operator==(const minimal_by_function&) const = default;
};
template <class Archive>
int save_minimal(const Archive&, const minimal_by_function& m) {
  return m.value;
}
template <class Archive>
void load_minimal(const Archive&, minimal_by_function& m, const int& value) {
  m.value = value;
}

struct versioned {
  int value = 0;
  template <class Archive>
  void serialize(Archive& archive, std::uint32_t version) {
    archive(value);
    if (version != 3) throw std::logic_error("version");
  }
  bool operator==(const versioned&) const = default;
};

struct derived : by_member {
  int more = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<by_member>(this), more);
  }
  bool operator==(const derived&) const = default;
};

struct left : virtual by_member {
  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::virtual_base_class<by_member>(this));
  }
};
struct right : virtual by_member {
  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::virtual_base_class<by_member>(this));
  }
};
struct diamond : left, right {
  template <class Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<left>(this), cereal::base_class<right>(this));
  }
};

/// A container of the user's that announces its size as cereal's own do.
struct ring {
  std::vector<short> items;
  template <class Archive>
  void save(Archive& archive) const {
    archive(cereal::make_size_tag(static_cast<cereal::size_type>(items.size())));
    archive(cereal::binary_data(items.data(), items.size() * sizeof(short)));
  }
  template <class Archive>
  void load(Archive& archive) {
    cereal::size_type size = 0;
    archive(cereal::make_size_tag(size));
    size_max = std::max(size_max, size);
    items.resize(size);
    archive(cereal::binary_data(items.data(), items.size() * sizeof(short)));
  }
  static inline cereal::size_type size_max = 0;
  bool operator==(const ring&) const = default;
};

struct message {
  by_member a;
  by_friend b;
  by_function c;
  minimal d;
  minimal_by_function e;
  derived f;
  ring g;
  std::vector<versioned> h;
  std::complex<double> i;
  std::bitset<70> j;
  bool operator==(const message&) const = default;
};

std::vector<std::byte> bytes_of(const auto& value) {
  troupe::byte_buffer out;
  troupe::encode(out, value);
  return {out.data(), out.data() + out.size()};
}

template <class T>
T there_and_back(const T& value) {
  auto result = troupe::decode<T>(bytes_of(value));
  REQUIRE_MESSAGE(result.has_value(), (result.has_error() ? result.error().text : std::string()));
  return std::move(*result);
}

}  // namespace codec_cereal_test

CEREAL_CLASS_VERSION(codec_cereal_test::versioned, 3)

namespace codec_cereal_test {

TEST_CASE("codec: each form of cereal function is used, also inside other types") {
  message sent;
  sent.a = {{1, "x"}, {"one", "two"}};
  sent.b = by_friend(41);
  sent.c = {2, plain{3, "y"}};
  sent.d = {1234};
  sent.e = {5};
  sent.f.lines = {"base"};
  sent.f.more = 6;
  sent.g = {{1, 2, 3}};
  sent.h = {{1}, {2}};
  sent.i = {1.5, -2.5};
  sent.j.set(69);
  CHECK(there_and_back(sent) == sent);
}

TEST_CASE("codec: a virtual base is written once") {
  diamond sent;
  sent.inner = {7, "seven"};
  CHECK(there_and_back(sent).inner == sent.inner);
  CHECK(bytes_of(sent).size() == bytes_of(static_cast<const by_member&>(sent)).size());
}

TEST_CASE("codec: a type's own functions decide over its members") {
  CHECK(bytes_of(by_function{1, std::nullopt}) ==
        std::vector<std::byte>{std::byte{0}, std::byte{1}, {}, {}, {}});
  CHECK(bytes_of(minimal{12}).size() == 4 + 2);
}

TEST_CASE("codec: standard types have one encoding, with cereal's headers and without") {
  // The same bytes as in the test that includes none of them.
  const auto bytes = bytes_of(std::map<std::string, int>{{"a", 1}});
  CHECK(bytes.size() == 4 + 4 + 1 + 4);
  CHECK(bytes_of(std::optional<int>{}).size() == 1);
}

TEST_CASE("codec: a size announced to a type's own function is checked before the type sees it") {
  auto bytes = bytes_of(ring{{1, 2, 3}});
  ring::size_max = 0;
  for (const unsigned count : {8U, 255U, 0xffffffffU}) {
    std::memcpy(bytes.data(), &count, sizeof count);
    const auto result = troupe::decode<ring>(bytes);
    REQUIRE(result.has_error());
    CHECK(result.error().code == troupe::decode_errc::count_too_large);
  }
  CHECK(ring::size_max == 0);
}

TEST_CASE("codec: what a type's own function throws becomes an error with its text") {
  const auto bytes = bytes_of(std::string("not a number"));
  const auto result = troupe::decode<minimal>(bytes);
  REQUIRE(result.has_error());
  CHECK(result.error().code == troupe::decode_errc::serialiser);
  CHECK(result.error().text.ends_with("stoi"));
}

struct swallower {
  int value = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    try {
      archive(value);
    } catch (...) {
      value = -1;
    }
  }
};

TEST_CASE("codec: an error stays an error when the type's own function swallows it") {
  const auto result = troupe::decode<swallower>({});
  REQUIRE(result.has_error());
  CHECK(result.error().code == troupe::decode_errc::truncated);
}

struct rose {
  std::vector<rose> petals;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(petals);
  }
};

TEST_CASE("codec: nesting through a type's own functions is limited too") {
  std::vector<unsigned> levels(100'000, 1);
  const auto result = troupe::decode<rose>(std::as_bytes(std::span(levels)));
  REQUIRE(result.has_error());
  CHECK(result.error().code == troupe::decode_errc::nesting_limit);
}

TEST_CASE("codec: an archive tells what is left to read") {
  troupe::wire_reader reader(std::as_bytes(std::span("1234567")));
  troupe::in_archive archive(reader);
  CHECK(archive.remaining() == 8);
  int taken = 0;
  archive(taken);
  CHECK(archive.remaining() == 4);
  CHECK(archive.context() == nullptr);
}

}  // namespace codec_cereal_test
