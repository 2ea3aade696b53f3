// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/attributes.hpp>

namespace attributes_test {

using namespace troupe;

TEST_CASE("attributes: each name has a value of its own type, and another one is refused by name") {
  actor_system system({.workers = 2});
  const auto a = attributes::spawn(system);
  a.set("name", std::string("bob")).get();
  a.set("age", 40L).get();
  a.set("_secret", 1).get();
  CHECK(a.get<std::string>("name").get() == "bob");
  CHECK(a.get<long>("age").get() == 40);
  CHECK_FALSE(a.get<long>("size").get());
  CHECK_THROWS_WITH_AS((void)a.get<long>("name").get(),
                       "std::invalid_argument: attributes::get: 'name' is of type "
                       "std::basic_string<char>, not long",
                       handler_error);
  CHECK(a.describe().get() == "attributes: name, age");
  CHECK(a.names().get() == std::vector<std::string>{"name", "age", "_secret"});
  a.set("age", std::string("forty")).get();
  CHECK(a.get<std::string>("age").get() == "forty");
  CHECK(a.erase("name").get());
  CHECK_FALSE(a.erase("name").get());
  CHECK_FALSE(a.contains("name").get());
  CHECK(a.describe().get() == "attributes: age");
}

}  // namespace attributes_test
