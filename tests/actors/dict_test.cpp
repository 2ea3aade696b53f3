// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/dict.hpp>
#include <troupe/list.hpp>

namespace dict_test {

using namespace troupe;

using ages = dict<std::string, int>;
using entries = std::vector<std::pair<std::string, int>>;

int birthday(int& age) { return ++age; }
int fail_at(int& age, int at) {
  if (++age == at) throw std::runtime_error("not that old");
  return age;
}
/// Takes from one and gives to another, or does neither.
void transfer(ages::contents& all, const std::string& from, const std::string& to, int years) {
  all[from] -= years;
  all[to] += years;
  if (all[from] < 0) throw std::runtime_error("too little");
}
int total(const ages::contents& all) {
  int sum = 0;
  for (const auto& [name, age] : all) sum += age;
  return sum;
}

task<entries> walk(ages over) {
  entries all;
  auto each = over.iterate();
  while (auto entry = co_await each.next()) {
    all.push_back(*entry);
    if (all.size() == 1) co_await over.set("bob", 99);  // a new value, no new key
  }
  if (co_await each.next()) all.clear();
  co_return all;
}
task<std::string> walk_and_add(ages over) {
  auto each = over.iterate();
  (void)co_await each.next();
  co_await over.set("new", 0);
  try {
    (void)co_await each.next();
  } catch (const handler_error& e) {
    co_return e.what();
  }
  co_return "nothing was noticed";
}

TEST_CASE("ordered_map: keys keep the order in which they came, through copies and removals") {
  ordered_map<int, std::string> m;
  for (int i = 9; i > 0; --i) m.set(i, std::to_string(i));
  CHECK(m.take(5) == "5");
  m.set(7, "seven");
  m[5] = "again";
  ordered_map<int, std::string> copy = m;
  m.clear();
  CHECK(m.empty());
  std::vector<int> order;
  for (const auto& entry : copy) order.push_back(entry.first);
  CHECK(order == std::vector{9, 8, 7, 6, 4, 3, 2, 1, 5});
  CHECK(*copy.find(7) == "seven");
  ordered_map<int, std::string> moved;
  moved = std::move(copy);
  CHECK(moved.next(5) == moved.end());
  CHECK(moved.next(1)->second == "again");
  CHECK(moved.next({})->first == 9);
}

TEST_CASE("dict: the verbs are those of a dict in Python, and so is the order") {
  actor_system system({.workers = 2});
  const auto d = ages::spawn(system, {{"ann", 30}, {"bob", 40}});
  CHECK(d.get("ann").get() == 30);
  CHECK_FALSE(d.get("eve").get());
  CHECK(d.get("eve", 1).get() == 1);
  d.set("eve", 20).get();
  d.set("ann", 31).get();
  CHECK(d.items().get() == entries{{"ann", 31}, {"bob", 40}, {"eve", 20}});
  CHECK(d.keys().get() == std::vector<std::string>{"ann", "bob", "eve"});
  CHECK(d.values().get() == std::vector{31, 40, 20});
  CHECK(d.setdefault("ann", 5).get() == 31);
  CHECK(d.setdefault("joe", 5).get() == 5);
  CHECK(d.exchange("joe", 6).get() == 5);
  CHECK_FALSE(d.exchange("zoe", 7).get());
  CHECK_FALSE(d.compare_exchange("joe", 5, 8).get());
  CHECK_FALSE(d.compare_exchange("nobody", 5, 8).get());
  CHECK(d.compare_exchange("joe", 6, 8).get());
  CHECK(d.pop("joe").get() == 8);
  CHECK_FALSE(d.pop("joe").get());
  CHECK(d.popitem().get() == std::pair(std::string("zoe"), 7));
  CHECK(d.contains("bob").get());
  CHECK(d.erase("bob").get());
  CHECK_FALSE(d.erase("bob").get());
  d.update({{"ann", 1}, {"kim", 2}}).get();
  CHECK(d.snapshot().get() == entries{{"ann", 1}, {"eve", 20}, {"kim", 2}});
  CHECK(d.size().get() == 3);
  CHECK(d.describe().get() == "dict: 3 entries");
  d.clear().get();
  CHECK(d.empty().get());
  CHECK_FALSE(d.popitem().get());
}

TEST_CASE(
    "dict: a function changes the value of one key; a missing one is made, or stays missing") {
  actor_system system({.workers = 2});
  const auto d = ages::spawn(system);
  CHECK(d.update<&birthday>("ann").get() == 1);
  CHECK(d.update<&birthday>("ann").get() == 2);
  CHECK_THROWS_WITH_AS((void)d.update<&fail_at>("ann", 3).get(), "std::runtime_error: not that old",
                       handler_error);
  CHECK_THROWS_AS((void)d.update<&fail_at>("bob", 1).get(), handler_error);
  CHECK(d.items().get() == entries{{"ann", 2}});
}

TEST_CASE("dict: a function changes several entries, or none") {
  actor_system system({.workers = 2});
  const auto d = ages::spawn(system, {{"ann", 30}, {"bob", 1}});
  d.apply<&transfer>("ann", "bob", 10).get();
  CHECK_THROWS_AS(d.apply<&transfer>("ann", "eve", 21).get(), handler_error);
  CHECK(d.items().get() == entries{{"ann", 20}, {"bob", 11}});
  CHECK(d.apply<&total>().get() == 31);
}

TEST_CASE(
    "dict: iterating goes by the order of the keys, and a key that comes meanwhile is an error") {
  actor_system system({.workers = 2});
  const auto d = ages::spawn(system, {{"ann", 30}, {"bob", 1}, {"eve", 2}});
  CHECK(system.run(walk(d)) == entries{{"ann", 30}, {"bob", 99}, {"eve", 2}});
  CHECK(system.run(walk_and_add(d)) ==
        "std::runtime_error: the dict has changed its size while it is iterated over");
  CHECK(system.run(walk(ages::spawn(system))).empty());
}

TEST_CASE("dict: a list in a dict is shared") {
  actor_system system({.workers = 2});
  const auto d = dict<std::string, list<int>>::spawn(system);
  const auto inner = d.setdefault("a", list<int>::spawn(system)).get();
  inner.append(1).get();
  d.get("a").get()->append(2).get();
  CHECK(inner.snapshot().get() == std::vector{1, 2});
}

}  // namespace dict_test
