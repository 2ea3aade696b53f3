// SPDX-License-Identifier: BSD-3-Clause
// How peers find out that they mean the same message: names and layout hashes.

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include <troupe/codec.hpp>

namespace type_identity_test {

using troupe::layout_hash;
using troupe::type_id;
using troupe::type_name;

template <class T>
struct box {
  T content;
};
template <>
struct box<std::string> {
  std::string content;
  int special = 0;
};
template <class T>
struct outer {
  struct inner {
    T content;
  };
};
enum class colour : short {};
struct tree {
  int value;
  std::vector<tree> children;
};
struct home {
  static constexpr bool local_only = true;
  int* address;
};
struct in_a_home {
  std::vector<home> homes;
};
struct pointing {
  int* address;
};
template <class T>
T given(int);
template <auto Function>
struct done_by {};

constinit const std::uint64_t id_of_tree = type_id<tree>();
constinit const std::string_view name_of_tree = type_name<tree>();

TEST_CASE("type_name: qualified, the same however the type is spelled") {
  CHECK(type_name<int>() == "int");
  CHECK(type_name<std::size_t>() == "unsigned long");
  CHECK(type_name<tree>() == "type_identity_test::tree");
  CHECK(name_of_tree == type_name<tree>());
  using spelled_out = std::basic_string<char, std::char_traits<char>, std::allocator<char>>;
  CHECK(type_name<std::string>() == "std::basic_string<char>");
  CHECK(type_name<spelled_out>() == type_name<std::string>());
  CHECK(type_name<box<std::string>>() == "type_identity_test::box<std::basic_string<char>>");
  CHECK(type_name<outer<std::string>::inner>() ==
        "type_identity_test::outer<std::basic_string<char>>::inner");
  CHECK(type_name<std::map<std::string, std::vector<unsigned>>>() ==
        "std::map<std::basic_string<char>,std::vector<unsigned int>>");
  CHECK(type_name<std::unordered_map<int, std::unique_ptr<tree>>>() ==
        "std::unordered_map<int,std::unique_ptr<type_identity_test::tree>>");
  CHECK(type_name<std::map<int, int, std::greater<int>>>() ==
        "std::map<int,int,std::greater<int>>");
  CHECK(type_name<std::array<box<const char*>, 120>>() ==
        "std::array<type_identity_test::box<const char*>,120>");
  CHECK(type_name<std::tuple<>>() == "std::tuple<>");
}

TEST_CASE("type_name: functions of one template are told apart") {
  CHECK(type_name<done_by<&given<tree>>>() != type_name<done_by<&given<home>>>());
}

TEST_CASE("layout: an alias is the same, a distinct kind, width or sign is not") {
  CHECK(layout_hash<std::int32_t>() == layout_hash<int>());
  CHECK(layout_hash<long>() == layout_hash<long long>());
  CHECK(layout_hash<int>() != layout_hash<unsigned>());
  CHECK(layout_hash<int>() != layout_hash<long>());
  CHECK(layout_hash<int>() != layout_hash<float>());
  CHECK(layout_hash<short>() != layout_hash<colour>());
  CHECK(layout_hash<bool>() != layout_hash<std::uint8_t>());
  CHECK(layout_hash<std::string>() != layout_hash<std::vector<char>>());
  CHECK(layout_hash<std::vector<int>>() == layout_hash<std::list<int>>());
  CHECK(layout_hash<std::vector<int>>() != layout_hash<std::set<int>>());
  CHECK(layout_hash<std::chrono::seconds>() != layout_hash<std::chrono::milliseconds>());
  CHECK(layout_hash<std::array<int, 2>>() != layout_hash<std::array<int, 3>>());
  CHECK(layout_hash<std::variant<int, long>>() != layout_hash<std::variant<long, int>>());
}

namespace base {
struct message {
  int a;
  double b;
};
}  // namespace base
namespace changed_type {
struct message {
  int a;
  float b;
};
}  // namespace changed_type
namespace changed_order {
struct message {
  double b;
  int a;
};
}  // namespace changed_order
namespace one_more {
struct message {
  int a;
  double b;
  bool c;
};
}  // namespace one_more
namespace deeper {
struct message {
  struct {
    int a;
  } x;
  double b;
};
}  // namespace deeper
namespace renamed {
struct other {
  int first;
  double second;
};
}  // namespace renamed

TEST_CASE("layout: differs when a member changes its type or place, or is added") {
  CHECK(layout_hash<base::message>() != layout_hash<changed_type::message>());
  CHECK(layout_hash<base::message>() != layout_hash<changed_order::message>());
  CHECK(layout_hash<base::message>() != layout_hash<one_more::message>());
  CHECK(layout_hash<base::message>() != layout_hash<deeper::message>());
  CHECK(layout_hash<base::message>() == layout_hash<renamed::other>());
  CHECK(type_id<base::message>() != type_id<renamed::other>());
}

struct chain_a {
  std::unique_ptr<chain_a> next;
};
struct chain_b {
  std::unique_ptr<chain_b> next;
  int more;
};

TEST_CASE("layout: of a type within itself ends, and tells such types apart") {
  CHECK(layout_hash<tree>() != 0);
  CHECK(layout_hash<chain_a>() != layout_hash<chain_b>());
}

TEST_CASE("type_id: these stay as they are, or peers of different releases part") {
  CHECK(type_id<int>() == 13211896744212210974U);
  CHECK(type_id<tree>() == 14473441545222669276U);
  CHECK(id_of_tree == type_id<tree>());
  CHECK(type_id<box<int>>() != type_id<box<unsigned>>());
}

TEST_CASE("encodable: not what says local_only, nor what contains it") {
  static_assert(troupe::encodable<int>);
  static_assert(troupe::encodable<tree>);
  static_assert(!troupe::encodable<home>);
  static_assert(!troupe::encodable<in_a_home>);
  static_assert(!troupe::encodable<std::map<int, std::optional<box<home>>>>);
  // Refused with a message where it is encoded; it must not become local in silence.
  static_assert(troupe::encodable<pointing>);
}

}  // namespace type_identity_test
