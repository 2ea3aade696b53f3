// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of shared values and arrays. Ours are reached by messages.
#include <algorithm>
#include <numeric>
#include <string>
#include <troupe/array.hpp>
#include <troupe/value.hpp>

#include "place.hpp"

namespace shared_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

/// Scalars of five types, as CPython has them.
template <class T>
value<T> value_of(actor_system& system, T initial) {
  return value<T>::spawn(system, initial);
}
template <class T>
task<bool> write_value(value<T> to, T next) {
  co_await to.set(next);
  co_return true;
}
array<int> zeros(actor_system& system, std::size_t size) { return array<int>::spawn(system, size); }
array<int> array_of(actor_system& system, std::vector<int> items) {
  return array<int>::spawn(system, items);
}

/// Makes partial sums of it, in place, as CPython's child does.
void add_up(std::span<int> all) noexcept { std::partial_sum(all.begin(), all.end(), all.begin()); }
task<bool> add_up_there(array<int> what) {
  co_await what.apply<&add_up>();
  co_return true;
}
task<std::vector<int>> length_and_elements(array<int> what) {
  std::vector<int> seen{static_cast<int>(co_await what.size())};
  for (int i = 0; i < seen[0]; ++i) seen.push_back(co_await what.get(i));
  co_return seen;
}

struct point {
  int x = 0;
  double y = 0;
  bool operator==(const point&) const = default;
};
void double_point(point& p) noexcept { p = {p.x * 2, p.y * 2}; }
void double_text(std::string& text) { text += text; }
void double_all(std::span<double> all) noexcept {
  for (double& each : all) each *= 2;
}
value<point> point_of(actor_system& system, point p) { return value<point>::spawn(system, p); }
value<std::string> text_of(actor_system& system, std::string text) {
  return value<std::string>::spawn(system, text);
}
array<double> doubles_of(actor_system& system, std::vector<double> items) {
  return array<double>::spawn(system, items);
}
task<bool> double_them(value<point> p, value<std::string> text, array<double> all) {
  co_await p.update<&double_point>();
  co_await text.update<&double_text>();
  co_await all.apply<&double_all>();
  co_return true;
}

using writer_class = doer<nothing_kept, &write_value<int>, &write_value<double>,
                          &write_value<short>, &write_value<char>, &write_value<unsigned char>,
                          &add_up_there, &length_and_elements, &double_them>;

template <class T>
void holds(place& here, T initial, T next) {
  const auto v = here.make<&value_of<T>>(initial);
  CHECK(v.get().get() == initial);
  const auto child = here.spawn_apart<writer_class>();
  CHECK(child.ask(told<&write_value<T>>(v, next)).get());
  here.end(child, death::stop);
  CHECK(v.get().get() == next);
}

/// Two halves that must agree.
struct halves {
  std::string left, right;
};
void set_halves(halves& h, std::string both) {
  h.left = both;
  h.right = std::move(both);
}
value<halves> halves_of(actor_system& system) { return value<halves>::spawn(system); }
task<bool> write_on(value<halves> to, event begun) {
  for (int i = 0;; ++i) {
    const std::string text(100'000, static_cast<char>('a' + i % 26));
    if (i % 2 == 0) {
      co_await to.set({text, text});
    } else {
      co_await to.update<&set_halves>(text);
    }
    if (i == 1) co_await begun.set();
  }
}
using half_writer = doer<nothing_kept, &write_on>;

TEST_CASE("VA01 value: scalars of five types hold what they began with, and what a child wrote") {
  in_every_place([](place& here) {
    holds<int>(here, -37, 42);
    holds<double>(here, 3.25, -1.5);
    holds<short>(here, 7, -8);
    holds<char>(here, 'x', 'y');
    holds<unsigned char>(here, 3, 255);
  });
}

TEST_CASE("VA04 array: length, element, slice read and slice write are those of a local sequence") {
  in_every_place([](place& here) {
    std::vector<int> local{680, 626, 934, 821, 150, 233, 548, 982, 714, 831};
    const auto shared = here.make<&array_of>(local);
    CHECK(shared.size().get() == local.size());
    CHECK(shared.get(2).get() == local[2]);
    CHECK(shared.slice(2, 10).get() == std::vector(local.begin() + 2, local.end()));
    CHECK(shared.slice(-3, -1).get() == std::vector(local.end() - 3, local.end() - 1));
    std::copy_n(std::vector{1, 2, 3, 4}.begin(), 4, local.begin() + 4);
    shared.set_slice(4, {1, 2, 3, 4}).get();
    CHECK(shared.snapshot().get() == local);
    CHECK_THROWS_WITH_AS((void)shared.get(10).get(),
                         "std::out_of_range: array::get: the index is 10, the size 10",
                         handler_error);
  });
}

TEST_CASE("VA05 array: a child's changes in place are seen by the parent") {
  in_every_place([](place& here) {
    std::vector<int> local{680, 626, 934, 821, 150, 233, 548, 982, 714, 831};
    const auto shared = here.make<&array_of>(local);
    CHECK(here.spawn_apart<writer_class>().ask(told<&add_up_there>(shared)).get());
    std::partial_sum(local.begin(), local.end(), local.begin());
    CHECK(shared.snapshot().get() == local);
  });
}

TEST_CASE("VA06 array: one made by size is all zeros, also where memory was used before") {
  in_every_place([](place& here) {
    for (int round = 0; round < 3; ++round) {
      const auto shared = here.make<&zeros>(std::size_t{1000});
      CHECK(shared.size().get() == 1000);
      CHECK(shared.snapshot().get() == std::vector<int>(1000));
      shared.fill(-1).get();
      here.end(shared.coordinator(), death::stop);
    }
  });
}

TEST_CASE("VA08 value: records, strings and arrays are changed by a child and seen by the parent") {
  in_every_place([](place& here) {
    const auto p = here.make<&point_of>(point{3, 1.5});
    const auto text = here.make<&text_of>(std::string("hello"));
    const auto all = here.make<&doubles_of>(std::vector{0.5, 1.0, 1.5});
    CHECK(here.spawn_apart<writer_class>().ask(told<&double_them>(p, text, all)).get());
    CHECK(p.get().get() == point{6, 3.0});
    CHECK(text.get().get() == "hellohello");
    CHECK(all.snapshot().get() == std::vector{1.0, 2.0, 3.0});
  });
}

TEST_CASE("VA09 value: a copy of what is shared is independent of it") {
  in_every_place([](place& here) {
    const auto source = here.make<&point_of>(point{2, 5.0});
    const auto copy = here.make<&point_of>(source.get().get());
    source.set({9, 9.0}).get();
    CHECK(copy.get().get() == point{2, 5.0});
    copy.update<&double_point>().get();
    CHECK(source.get().get() == point{9, 9.0});
  });
}

TEST_CASE("VA10 value: what a child sets in a managed one is seen by the parent") {
  in_every_place([](place& here) {
    const auto v = here.make<&value_of<int>>(1);
    CHECK(here.spawn_apart<writer_class>().ask(told<&write_value<int>>(v, 2)).get());
    CHECK(v.get().get() == 2);
  });
}

TEST_CASE("VA11 array: a child reads length and elements of a managed one") {
  in_every_place([](place& here) {
    const auto shared = here.make<&array_of>(std::vector{5, 6, 7});
    CHECK(here.spawn_apart<writer_class>().ask(told<&length_and_elements>(shared)).get() ==
          std::vector{3, 5, 6, 7});
  });
}

TEST_CASE("value: a writer that dies leaves the old value or the new one, never half of it") {
  at_every_death([](place& here, death how) {
    const auto v = here.make<&halves_of>();
    const event begun = here.make<event>();
    const auto dying = here.spawn_apart<half_writer>();
    auto never = begin(here.system(), dying.ask(told<&write_on>(v, begun)));
    begun.wait().get();
    here.end(dying, how);
    CHECK(finish(never).has_error());
    const halves left = v.get().get();
    CHECK(left.left == left.right);
    CHECK(left.left.size() == 100'000);
    // The last words of the dead may have been on their way till now.
    eventually([&] {
      v.set({"new", "new"}).get();
      return v.get().get().right == "new";
    });
  });
}

}  // namespace shared_rows
