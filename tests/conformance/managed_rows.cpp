// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of managed lists, dicts and namespaces.
#include <algorithm>
#include <string>
#include <troupe/attributes.hpp>
#include <troupe/dict.hpp>
#include <troupe/list.hpp>
#include <troupe/queue.hpp>
#include <troupe/value.hpp>

#include "place.hpp"

namespace managed_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

using numbers = std::vector<int>;
using ages = dict<std::string, int>;
using pairs = ages::entries;
using list_of_lists = list<list<int>>;
using dict_of_dicts = dict<std::string, ages>;

list<int> list_of(actor_system& system, numbers items) { return list<int>::spawn(system, items); }
list_of_lists outer_list(actor_system& system) { return list_of_lists::spawn(system); }
ages dict_of(actor_system& system, pairs all) { return ages::spawn(system, all); }
dict_of_dicts outer_dict(actor_system& system) { return dict_of_dicts::spawn(system); }
queue<int> a_queue(actor_system& system) { return queue<int>::spawn(system); }
list<queue<int>> list_of_queues(actor_system& system) { return list<queue<int>>::spawn(system); }
dict<std::string, queue<int>> dict_of_queues(actor_system& system) {
  return dict<std::string, queue<int>>::spawn(system);
}

/// A list that may hold itself.
struct link {
  list<link> further;
};
list<link> chain(actor_system& system) { return list<link>::spawn(system); }

/// A namespace whose names are known.
struct person {
  std::string name;
  std::string job;
  int age = 0;
  bool operator==(const person&) const = default;
};
value<person> person_of(actor_system& system, person p) { return value<person>::spawn(system, p); }

/// What CPython's child does with a list, in its order. \return the items iterated over
task<numbers> use_list(list<int> l) {
  bool good = co_await l.count(5) == 2 && co_await l.count(1) == 1;
  good = good && co_await l.index(1) == 2u && !co_await l.index(77);
  co_await l.sort();
  good = good && (co_await l.snapshot()) == numbers{1, 4, 5, 5};
  co_await l.reverse();
  numbers seen;
  for (auto each = l.iterate(); auto item = co_await each.next();) seen.push_back(*item);
  good = good && co_await l.pop() == 1 && co_await l.pop(0) == 5;
  if (!good) seen.clear();
  co_return seen;
}
task<bool> use_dict(ages d) {
  bool good = co_await d.get("one") == 1 && !co_await d.get("three");
  good = good && (co_await d.keys()) == std::vector<std::string>{"one", "two"};
  good = good && (co_await d.values()) == numbers{1, 2};
  const pairs copy = co_await d.snapshot();
  good = good && copy == co_await d.items();
  good = good && co_await d.pop("two") == 2 && !co_await d.pop("two");
  good = good && co_await d.popitem() == std::pair(std::string("one"), 1);
  co_await d.set("three", 3);
  co_return good;
}
task<person> read_person(value<person> from) { co_return co_await from.get(); }
task<std::string> read_attributes(attributes from) {
  const auto name = co_await from.get<std::string>("name");
  const auto age = co_await from.get<int>("age");
  co_return name.value_or("?") + " " + std::to_string(age.value_or(0));
}
/// Through the outer alone: it has never had the inner.
task<bool> append_inside(list_of_lists outer, std::ptrdiff_t which, int item) {
  const list<int> inner = co_await outer.get(which);
  co_await inner.append(item);
  co_return true;
}
task<int> put_and_get(list<queue<int>> l, dict<std::string, queue<int>> d, int item) {
  const auto by_list = co_await l.get(0);
  (void)co_await by_list.put(item);
  const auto by_dict = co_await d.get("jobs");
  const auto got = co_await by_dict->get();
  co_return *got;
}
using child_class = doer<nothing_kept, &use_list, &use_dict, &read_person, &read_attributes,
                         &append_inside, &put_and_get>;
auto child(place& here) { return here.spawn_apart<child_class>(); }

task<numbers> items_and_more(list<int> l) {
  numbers seen;
  auto each = l.iterate();
  while (auto item = co_await each.next()) {
    seen.push_back(*item);
    if (seen.size() == 1) co_await l.append(30);  // while it is iterated over
  }
  co_await l.append(40);
  if (co_await each.next()) seen.push_back(-1);  // it has ended for good
  co_return seen;
}
task<pairs> entries_in_order(ages d) {
  pairs seen;
  auto each = d.iterate();
  while (auto entry = co_await each.next()) seen.push_back(*entry);
  co_await d.set("later", 1);
  if (co_await each.next()) seen.clear();
  co_return seen;
}
task<std::string> what_a_new_key_does(ages d, bool takes_one) {
  auto each = d.iterate();
  (void)co_await each.next();
  if (takes_one) {
    co_await d.erase("b");
  } else {
    co_await d.set("new", 1);
  }
  const auto after = [](dict_cursor<std::string, int> cursor) -> task<std::string> {
    try {
      (void)co_await cursor.next();
    } catch (const handler_error& e) {
      co_return e.what();
    }
    co_return "nothing";
  };
  co_return co_await after(each);
}

TEST_CASE("MC01 list: it is built, extended, indexed, sliced, repeated and joined by its handle") {
  in_every_place([](place& here) {
    const auto a = here.make<&list_of>(numbers{0, 1, 2, 3, 4});
    const auto b = here.make<&list_of>(numbers{});
    CHECK(b.empty().get());
    b.extend({0, 1, 2, 3}).get();
    b.append(4).get();
    CHECK(a.snapshot().get() == b.snapshot().get());
    CHECK(a.get(2).get() == 2);
    CHECK(a.slice(2, 10).get() == numbers{2, 3, 4});
    a.repeat(2).get();
    CHECK(a.snapshot().get() == numbers{0, 1, 2, 3, 4, 0, 1, 2, 3, 4});
    b.extend(a.slice(0, 2).get()).get();  // joined with a part of another
    CHECK(b.snapshot().get() == numbers{0, 1, 2, 3, 4, 0, 1});
    CHECK(b.size().get() == 7);
  });
}

TEST_CASE("MC02 list: two of them do not affect each other") {
  in_every_place([](place& here) {
    const auto a = here.make<&list_of>(numbers{1, 2});
    const auto b = here.make<&list_of>(a.snapshot().get());
    a.append(3).get();
    b.set(0, 9).get();
    CHECK(a.snapshot().get() == numbers{1, 2, 3});
    CHECK(b.snapshot().get() == numbers{9, 2});
  });
}

TEST_CASE(
    "MC03 list: one in another is held by reference: its changes are seen through the outer") {
  in_every_place([](place& here) {
    const auto inner = here.make<&list_of>(numbers{1});
    const auto outer = here.make<&outer_list>();
    outer.append(inner).get();
    inner.append(2).get();
    CHECK(outer.get(0).get().snapshot().get() == numbers{1, 2});
    CHECK(child(here).ask(told<&append_inside>(outer, std::ptrdiff_t{0}, 3)).get());
    CHECK(inner.snapshot().get() == numbers{1, 2, 3});
  });
}

TEST_CASE("MC04 list: an iterator sees changes made while it runs, and ends for good") {
  in_every_place([](place& here) {
    const auto l = here.make<&list_of>(numbers{10, 20});
    CHECK(here.system().run(items_and_more(l)) == numbers{10, 20, 30});
  });
}

TEST_CASE("MC05 list: an inner one is changed and popped through the outer; its siblings are not") {
  in_every_place([](place& here) {
    const auto outer = here.make<&outer_list>();
    for (int i = 0; i < 3; ++i) outer.append(here.make<&list_of>(numbers{i})).get();
    const auto who = child(here);
    CHECK(who.ask(told<&append_inside>(outer, std::ptrdiff_t{0}, 55)).get());
    CHECK(who.ask(told<&append_inside>(outer, std::ptrdiff_t{0}, 77)).get());
    CHECK(outer.get(0).get().snapshot().get() == numbers{0, 55, 77});
    CHECK(outer.get(0).get().pop().get() == 77);
    CHECK(outer.get(0).get().snapshot().get() == numbers{0, 55});
    CHECK(outer.get(1).get().snapshot().get() == numbers{1});
    const auto popped = outer.pop(0).get();
    CHECK(popped.snapshot().get() == numbers{0, 55});
    CHECK(outer.get(0).get().snapshot().get() == numbers{1});
  });
}

TEST_CASE("MC06 list: it may contain itself and be dropped without a crash") {
  in_every_place([](place& here) {
    const auto l = here.make<&chain>();
    l.append({l}).get();
    CHECK(l.get(0).get().further == l);
    CHECK(l.get(0).get().further.size().get() == 1);
    CHECK(here.end(l.coordinator(), death::stop).is_normal());
    CHECK_THROWS_AS((void)l.size().get(), actor_down);
  });
}

TEST_CASE("MC07 dict: keys, values, items and a copy are what was stored") {
  in_every_place([](place& here) {
    const auto d = here.make<&dict_of>(pairs{});
    pairs stored;
    for (int i = 70; i > 65; --i) {
      const std::string key(1, static_cast<char>(i));
      d.set(key, i).get();
      stored.emplace_back(key, i);
    }
    CHECK(d.snapshot().get() == stored);
    CHECK(d.items().get() == stored);
    CHECK(d.keys().get() == std::vector<std::string>{"F", "E", "D", "C", "B"});
    CHECK(d.values().get() == numbers{70, 69, 68, 67, 66});
    CHECK(d.size().get() == 5);
  });
}

TEST_CASE("MC08 dict: it iterates in the order of insertion and ends for good") {
  in_every_place([](place& here) {
    const pairs stored{{"z", 1}, {"a", 2}, {"m", 3}};
    const auto d = here.make<&dict_of>(stored);
    CHECK(here.system().run(entries_in_order(d)) == stored);
  });
}

TEST_CASE("MC09 dict: a change of its size during an iteration is reported as an error") {
  in_every_place([](place& here) {
    for (const bool takes_one : {false, true}) {
      const auto d = here.make<&dict_of>(pairs{{"a", 1}, {"b", 2}, {"c", 3}});
      CHECK(here.system().run(what_a_new_key_does(d, takes_one)) ==
            "std::runtime_error: the dict has changed its size while it is iterated over");
    }
  });
}

TEST_CASE("MC10 dict: one in another is held by reference, both ways") {
  in_every_place([](place& here) {
    const auto inner = here.make<&dict_of>(pairs{{"a", 1}});
    const auto outer = here.make<&outer_dict>();
    outer.set("inner", inner).get();
    inner.set("b", 2).get();
    CHECK(outer.get("inner").get()->snapshot().get() == pairs{{"a", 1}, {"b", 2}});
    outer.get("inner").get()->set("c", 3).get();
    CHECK(inner.get("c").get() == 3);
  });
}

TEST_CASE("MC11 dict: an inner one lives on after the handle by which it was made is dropped") {
  in_every_place([](place& here) {
    const auto outer = here.make<&outer_dict>();
    {
      const auto inner = here.make<&dict_of>(pairs{{"a", 1}});
      outer.set("inner", inner).get();
    }
    const auto again = outer.get("inner").get();
    again->set("b", 2).get();
    CHECK(outer.get("inner").get()->snapshot().get() == pairs{{"a", 1}, {"b", 2}});
  });
}

TEST_CASE("MC12 dict: clearing the outer does not harm inner ones still held elsewhere") {
  in_every_place([](place& here) {
    const auto outer = here.make<&outer_dict>();
    const auto inner = here.make<&dict_of>(pairs{{"a", 1}});
    outer.set("inner", inner).get();
    outer.clear().get();
    CHECK(outer.empty().get());
    CHECK_FALSE(outer.get("inner").get());
    inner.set("a", 5).get();
    CHECK(inner.get("a").get() == 5);
  });
}

TEST_CASE("MC13 list: a plain value stored inside comes back as a plain value") {
  in_every_place([](place& here) {
    const auto d = here.make<&dict_of>(pairs{{"a", 1}});
    auto plain = d.get("a").get();
    static_assert(std::same_as<decltype(plain), std::optional<int>>);
    plain = 9;
    CHECK(d.get("a").get() == 1);
    const auto l = here.make<&list_of>(numbers{1});
    auto items = l.snapshot().get();
    items.push_back(2);
    CHECK(l.snapshot().get() == numbers{1});
  });
}

TEST_CASE("MC14 list: a queue inside a list or a dict can be used through it") {
  in_every_place([](place& here) {
    const auto q = here.make<&a_queue>();
    const auto l = here.make<&list_of_queues>();
    const auto d = here.make<&dict_of_queues>();
    l.append(q).get();
    d.set("jobs", q).get();
    CHECK(child(here).ask(told<&put_and_get>(l, d, 17)).get() == 17);
    CHECK(l.get(0).get().put(18).get());
    CHECK(*d.get("jobs").get()->get().get() == 18);
    CHECK(q.empty().get());
  });
}

TEST_CASE(
    "MC15 attributes: named values are taken, given and deleted; hidden names are not described") {
  in_every_place([](place& here) {
    const auto n = here.make<attributes>();
    n.set("name", std::string("Bob")).get();
    n.set("job", std::string("Builder")).get();
    n.set("_hidden", std::string("hidden")).get();
    CHECK(n.get<std::string>("name").get() == "Bob");
    CHECK(n.get<std::string>("_hidden").get() == "hidden");
    CHECK(n.describe().get() == "attributes: name, job");
    CHECK(n.erase("job").get());
    CHECK(n.describe().get() == "attributes: name");
    CHECK_FALSE(n.get<std::string>("job").get());
    CHECK(n.contains("name").get());
    CHECK_FALSE(n.contains("job").get());
  });
}

TEST_CASE("MC16 list: a child counts, finds, sorts, reverses, iterates, pops; the parent sees it") {
  in_every_place([](place& here) {
    const auto l = here.make<&list_of>(numbers{5, 4, 1, 5});
    CHECK(child(here).ask(told<&use_list>(l)).get() == numbers{5, 5, 4, 1});
    CHECK(l.snapshot().get() == numbers{5, 4});
  });
}

TEST_CASE("MC17 dict: a child gets, lists, copies and pops items; the parent sees the result") {
  in_every_place([](place& here) {
    const auto d = here.make<&dict_of>(pairs{{"one", 1}, {"two", 2}});
    CHECK(child(here).ask(told<&use_dict>(d)).get());
    CHECK(d.snapshot().get() == pairs{{"three", 3}});
  });
}

TEST_CASE("MC18 attributes: a child reads what the parent has filled, by struct and by name") {
  in_every_place([](place& here) {
    const person bob{"Bob", "Builder", 40};
    const auto who = child(here);
    CHECK(who.ask(told<&read_person>(here.make<&person_of>(bob))).get() == bob);
    const auto n = here.make<attributes>();
    n.set("name", std::string("Bob")).get();
    n.set("age", 40).get();
    CHECK(who.ask(told<&read_attributes>(n)).get() == "Bob 40");
  });
}

}  // namespace managed_rows
