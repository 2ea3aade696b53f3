// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/list.hpp>

namespace list_test {

using namespace troupe;

using words = list<std::string>;

std::size_t append_to(std::string& item, const std::string& more) { return (item += more).size(); }
void keep_newest(words::contents& all, std::size_t count) {
  if (all.size() > count) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(count));
}
void spoil(words::contents& all) {
  all.clear();
  throw std::runtime_error("spoilt");
}
std::size_t letters(const words::contents& all) {
  std::size_t n = 0;
  for (const auto& each : all) n += each.size();
  return n;
}

/// Cannot be compared with everything.
struct touchy {
  int n = 0;
  auto operator<=>(const touchy& other) const {
    if (n == 13 || other.n == 13) throw std::runtime_error("thirteen");
    return n <=> other.n;
  }
  bool operator==(const touchy&) const = default;
};
int number(const touchy& t) { return t.n; }

/// A node of a tree of shared lists.
struct node {
  std::string name;
  list<node> children;
};

task<std::vector<std::string>> drain(words from, words also_appended) {
  std::vector<std::string> all;
  auto each = from.iterate();
  while (auto item = co_await each.next()) {
    all.push_back(*item);
    if (all.size() == 1) co_await also_appended.append("late");
  }
  co_await also_appended.append("too late");
  if (co_await each.next()) all.push_back("the end was not the end");
  co_return all;
}

TEST_CASE("list: the verbs are those of a list in Python") {
  actor_system system({.workers = 2});
  const auto l = list<int>::spawn(system, {3, 1});
  l.append(2).get();
  l.extend({5, 4}).get();
  CHECK(l.snapshot().get() == std::vector{3, 1, 2, 5, 4});
  l.insert(1, 9).get();
  l.insert(-100, 7).get();
  l.insert(100, 8).get();
  CHECK(l.snapshot().get() == std::vector{7, 3, 9, 1, 2, 5, 4, 8});
  CHECK(l.pop().get() == 8);
  CHECK(l.pop(0).get() == 7);
  CHECK(l.remove(9).get());
  CHECK_FALSE(l.remove(9).get());
  l.sort().get();
  l.reverse().get();
  CHECK(l.snapshot().get() == std::vector{5, 4, 3, 2, 1});
  CHECK(l.exchange(-1, 4).get() == 1);
  CHECK(l.count(4).get() == 2);
  CHECK(l.index(4).get() == 1);
  CHECK_FALSE(l.index(77).get());
  CHECK(l.contains(2).get());
  l.set_slice(1, 4, {6}).get();
  CHECK(l.snapshot().get() == std::vector{5, 6, 4});
  l.set_slice(0, 2, {}).get();
  l.repeat(3).get();
  CHECK(l.snapshot().get() == std::vector{4, 4, 4});
  CHECK(l.describe().get() == "list: 3 items");
  l.repeat(0).get();
  CHECK(l.empty().get());
  CHECK_FALSE(l.pop().get());
}

TEST_CASE("list: an index out of range is named, with the size") {
  actor_system system({.workers = 2});
  const auto l = list<int>::spawn(system, {1, 2});
  CHECK_THROWS_WITH_AS((void)l.get(2).get(),
                       "std::out_of_range: list::get: the index is 2, the size 2", handler_error);
  CHECK_THROWS_WITH_AS((void)l.pop(-3).get(),
                       "std::out_of_range: list::pop: the index is -3, the size 2", handler_error);
  CHECK_THROWS_AS(l.set(2, 0).get(), handler_error);
  CHECK(l.snapshot().get() == std::vector{1, 2});
}

TEST_CASE("list: functions change one item or all, wholly or not at all") {
  actor_system system({.workers = 2});
  const auto l = words::spawn(system, {"a", "b", "c"});
  CHECK(l.update<&append_to>(1, "eta").get() == 4);
  CHECK(l.apply<&letters>().get() == 6);
  CHECK_THROWS_AS(l.apply<&spoil>().get(), handler_error);
  l.apply<&keep_newest>(2).get();
  CHECK(l.snapshot().get() == std::vector<std::string>{"beta", "c"});
}

TEST_CASE("list: a sort that stops half-way has sorted nothing") {
  actor_system system({.workers = 2});
  const auto l = list<touchy>::spawn(system, {{3}, {2}, {1}, {13}, {0}});
  CHECK_THROWS_WITH_AS(l.sort().get(), "std::runtime_error: thirteen", handler_error);
  const auto all = l.snapshot().get();
  REQUIRE(all.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(all[i].n == std::vector{3, 2, 1, 13, 0}[i]);
  CHECK(l.update<&number>(3).get() == 13);
}

TEST_CASE("list: a list in a list is shared, and may be in itself") {
  actor_system system({.workers = 2});
  const auto root = list<node>::spawn(system);
  const auto inner = list<node>::spawn(system);
  root.append({"inner", inner}).get();
  root.append({"itself", root}).get();
  inner.append({"leaf", {}}).get();
  const auto all = root.snapshot().get();
  REQUIRE(all.size() == 2);
  CHECK(all[0].children.get(0).get().name == "leaf");
  CHECK(all[1].children.size().get() == 2);
}

TEST_CASE("list: iterating sees what is appended meanwhile, and ends for good") {
  actor_system system({.workers = 2});
  const auto l = words::spawn(system, {"a", "b"});
  CHECK(system.run(drain(l, l)) == std::vector<std::string>{"a", "b", "late"});
}

}  // namespace list_test
