// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of Queue, LifoQueue and PriorityQueue.
#include <stdexcept>
#include <takes_about.hpp>

#include "queue_party.hpp"

namespace queue_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

constexpr auto empty = queue_status::empty;

/// Fails to be compared, or to be copied so many times.
struct fragile {
  int value = 0;
  bool loth_to_compare = false;
  mutable int copies_that_fail = 0;

  fragile() = default;
  fragile(int v, bool loth, int failing = 0)
      : value(v), loth_to_compare(loth), copies_that_fail(failing) {}
  fragile(fragile&&) noexcept = default;
  fragile& operator=(fragile&&) noexcept = default;
  fragile(const fragile& other) : value(other.value), loth_to_compare(other.loth_to_compare) {
    if (other.copies_that_fail > 0) {
      --other.copies_that_fail;
      throw std::runtime_error("copied");
    }
  }
  bool operator<(const fragile& other) const {
    if (loth_to_compare || other.loth_to_compare) throw std::runtime_error("compared");
    return value < other.value;
  }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(value, loth_to_compare, copies_that_fail);
  }
};

queue<fragile> touchy_queue(actor_system& system, std::size_t maxsize) {
  return priority_queue<fragile>::spawn(system, {.maxsize = maxsize});
}
joinable_queue<fragile> copying_queue(actor_system& system) {
  return joinable_queue<fragile>::spawn(system);
}

bool is_fragile(const failure& f, const std::string& verb) {
  return f.code == errc::handler_failed && f.text == "std::runtime_error: " + verb;
}

/// Fills it, empties it, blocks at both ends. It must be empty, and take two.
void exercise(place& here, const queue<int>& q, const queue_party_ref& other) {
  CHECK(q.put(1).get());
  CHECK(q.put_nowait(2).get());
  CHECK(q.put_nowait(3).get().is_full());
  auto waits = let<&queue_verbs::put>(here, other, q, 3, limit{});
  wait_until_waiting(q, 1);
  CHECK(q.get().get());
  CHECK(finish_well(waits));
  CHECK(q.get().get());
  CHECK(q.get_nowait().get());
  CHECK(q.get_nowait().get().is_empty());
  auto hungry = let<&queue_verbs::get>(here, other, q, limit{});
  wait_until_waiting(q, 1);
  CHECK(q.put(4).get());
  CHECK(finish_well(hungry).item == 4);
  CHECK(q.empty().get());
}

TEST_CASE("QU01 queue: a new one is empty, not full, and of size 0") {
  with_each_order(2, [](place& here, const queue<int>& q) {
    CHECK(q.empty().get());
    CHECK_FALSE(q.full().get());
    CHECK(q.qsize().get() == 0);
    const auto other = queue_party(here);
    CHECK(by<&queue_verbs::is_empty>(other, q));
    CHECK_FALSE(by<&queue_verbs::is_full>(other, q));
    CHECK(by<&queue_verbs::size_of>(other, q) == 0);
  });
}

TEST_CASE("QU02 QU03 QU04 queue: first-in first-out, last-in first-out, smallest first") {
  in_every_place([](place& here) {
    const std::vector<int> expected[] = {{111, 333, 222}, {222, 333, 111}, {111, 222, 333}};
    const queue<int> queues[] = {here.make<&fifo_of>(std::size_t{3}),
                                 here.make<&lifo_of>(std::size_t{3}),
                                 here.make<&least_first_of>(std::size_t{3})};
    for (int i = 0; i < 3; ++i) {
      for (const int item : {111, 333, 222}) CHECK(queues[i].put(item).get());
      CHECK(by<&queue_verbs::get_count>(queue_party(here), queues[i], std::size_t{3}) ==
            expected[i]);
    }
  });
}

TEST_CASE("QU05 queue: the size follows puts, and it is full exactly at the limit") {
  with_each_order(3, [](place&, const queue<int>& q) {
    for (std::size_t size = 1; size <= 3; ++size) {
      CHECK(q.put(7).get());
      CHECK(q.qsize().get() == size);
      CHECK_FALSE(q.empty().get());
      CHECK(q.full().get() == (size == 3));
    }
  });
}

TEST_CASE("QU06 queue: a non-blocking put on a full one is refused as full") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    CHECK(q.put(1).get());
    CHECK(q.put_nowait(2).get().is_full());
    CHECK_THROWS_AS(q.put_nowait(2).get().value(), queue_full);
    CHECK(by<&queue_verbs::put>(queue_party(here), q, 2, limit{0ns}).is_full());
    CHECK(q.qsize().get() == 1);
  });
}

TEST_CASE("QU07 queue: a timed put on a full one is refused when the time is up, never before") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    CHECK(q.put(1).get());
    takes_about(50ms, [&] { CHECK(q.put(2, 50ms).get().is_full()); });
    takes_about(50ms, [&] { CHECK(by<&queue_verbs::put>(other, q, 2, limit{50ms}).is_full()); });
    CHECK(q.waiting().get() == 0);
    CHECK(q.qsize().get() == 1);
  });
}

TEST_CASE("QU08 queue: a blocking put waits until a get makes room") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    CHECK(q.put(1).get());
    auto blocked = let<&queue_verbs::put>(here, other, q, 2, limit{});
    wait_until_waiting(q, 1);
    CHECK_FALSE(is_over(blocked));
    CHECK(*q.get().get() == 1);
    CHECK(finish_well(blocked));
    CHECK(*q.get().get() == 2);
  });
}

TEST_CASE("QU09 queue: a timed put succeeds if room comes in time") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    CHECK(q.put(1).get());
    auto blocked = let<&queue_verbs::put>(here, other, q, 2, limit{far_too_long});
    wait_until_waiting(q, 1);
    CHECK(*q.get().get() == 1);
    CHECK(finish_well(blocked));
    CHECK(*q.get().get() == 2);
  });
}

TEST_CASE("QU10 queue: a non-blocking get on an empty one says empty") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    CHECK(q.get_nowait().get().is_empty());
    CHECK_THROWS_AS((void)q.get_nowait().get().value(), queue_empty);
    CHECK(by<&queue_verbs::get>(queue_party(here), q, limit{0ns}) == got{{}, empty});
  });
}

TEST_CASE("QU11 queue: a timed get on an empty one says empty, no earlier than the timeout") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    takes_about(50ms, [&] { CHECK(q.get(50ms).get().is_empty()); });
    takes_about(50ms,
                [&] { CHECK(by<&queue_verbs::get>(other, q, limit{50ms}) == got{{}, empty}); });
    CHECK(q.waiting().get() == 0);
  });
}

TEST_CASE("QU12 queue: a blocking get waits until a put") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    auto blocked = let<&queue_verbs::get>(here, queue_party(here), q, limit{});
    wait_until_waiting(q, 1);
    CHECK_FALSE(is_over(blocked));
    CHECK(q.put(5).get());
    CHECK(finish_well(blocked).item == 5);
    CHECK(q.empty().get());
  });
}

TEST_CASE("QU13 queue: a timed get succeeds if an item comes in time") {
  with_each_order(1, [](place& here, const queue<int>& q) {
    auto blocked = let<&queue_verbs::get>(here, queue_party(here), q, limit{far_too_long});
    wait_until_waiting(q, 1);
    CHECK(q.put(5).get());
    CHECK(finish_well(blocked).item == 5);
  });
}

TEST_CASE("QU14 queue: filling, draining and blocking work again on the same one") {
  with_each_order(2, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    for (int round = 0; round < 2; ++round) exercise(here, q, other);
  });
}

TEST_CASE("QU15 queue: a negative timeout is an argument error for put and for get") {
  with_each_order(1, [](place&, const queue<int>& q) {
    CHECK_THROWS_AS((void)q.put(1, -1ns), std::invalid_argument);
    CHECK_THROWS_AS((void)q.get(-1s), std::invalid_argument);
    CHECK_THROWS_AS((void)q.put_many({1}, -1ns), std::invalid_argument);
    CHECK_THROWS_AS((void)q.get_many(1, -1ns), std::invalid_argument);
    CHECK(q.empty().get());
  });
}

TEST_CASE("QU16 queue: the nowait forms work up to the limit, then say full and empty") {
  with_each_order(3, [](place&, const queue<int>& q) {
    for (int i = 0; i < 3; ++i) CHECK(q.put_nowait(i).get());
    CHECK(q.put_nowait(3).get().is_full());
    for (int i = 0; i < 3; ++i) CHECK(q.get_nowait().get());
    CHECK(q.get_nowait().get().is_empty());
  });
}

TEST_CASE("QU17 queue: lowering the limit below the size keeps the items and goes on refusing") {
  with_each_order(3, [](place&, const queue<int>& q) {
    CHECK(q.put_many({1, 2, 3}).get());
    q.set_maxsize(1).get();
    CHECK(q.put_nowait(4).get().is_full());
    CHECK(q.qsize().get() == 3);
    for (int i = 0; i < 2; ++i) {
      CHECK(q.get().get());
      CHECK(q.put_nowait(4).get().is_full());
    }
    CHECK(q.get().get());
    CHECK(q.put_nowait(4).get());
  });
}

TEST_CASE("QU18 queue: task_done with nothing outstanding is an error") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{0}, 1u);
    CHECK_THROWS_AS(q.task_done().get(), misuse_error);
  });
}

TEST_CASE("QU19 queue: join blocks until every item put has been marked done") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{0}, 1u);
    CHECK(q.put_many({0, 1, 2}).get());
    auto joined = begin(here.system(), q.join());
    auto theirs = let<&queue_verbs::join>(here, queue_party(here), q);
    for (int i = 0; i < 3; ++i) {
      wait_until_waiting(q, 0);
      CHECK(*q.get().get() == i);
      CHECK_FALSE(is_over(joined));
      CHECK_FALSE(is_over(theirs));
      q.task_done().get();
    }
    CHECK(finish_well(joined));
    CHECK(finish_well(theirs) == 0);
  });
}

TEST_CASE(
    "QU20 queue: join can be repeated and the queue used on; one task_done too many is an error") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{0}, 1u);
    for (int round = 0; round < 2; ++round) {
      CHECK(q.put_many({1, 2, 3, 4, -1, -1}).get());
      auto first = let<&queue_verbs::work>(here, queue_party(here), q);
      auto second = let<&queue_verbs::work>(here, queue_party(here), q);
      CHECK(q.join().get());
      CHECK(finish_well(first) + finish_well(second) == 4);
      CHECK(q.join().get());
    }
    CHECK_THROWS_AS(q.task_done().get(), misuse_error);
  });
}

TEST_CASE("QU21 QU23 queue: an error in a put leaves items and room as they were, and it goes on") {
  in_every_place([](place& here) {
    const auto q = here.make<&touchy_queue>(std::size_t{2});
    for (int round = 0; round < 2; ++round) {
      CHECK(q.put({2, false}).get());
      auto at_once = begin(here.system(), q.put({1, true}));
      CHECK(is_fragile(finish(at_once).error(), "compared"));
      CHECK(q.qsize().get() == 1);
      CHECK(q.put({1, false}).get());
      auto blocked = begin(here.system(), q.put({3, true}));
      wait_until_waiting(q, 1);
      CHECK(q.get().get()->value == 1);
      CHECK(is_fragile(finish(blocked).error(), "compared"));
      CHECK(q.qsize().get() == 1);
      CHECK(q.put_nowait({4, false}).get());
      CHECK(q.put_nowait({5, false}).get().is_full());
      CHECK(q.get().get()->value == 2);
      CHECK(q.get().get()->value == 4);
    }
  });
}

TEST_CASE("QU22 QU23 queue: an error in a get leaves the item in the queue, and it goes on") {
  in_every_place([](place& here) {
    const auto q = here.make<&copying_queue>();
    for (int round = 0; round < 2; ++round) {
      CHECK(q.put({1, false, 1}).get());
      CHECK(q.put({2, false}).get());
      auto failing = begin(here.system(), q.get());
      CHECK(is_fragile(finish(failing).error(), "copied"));
      CHECK(q.qsize().get() == 2);
      CHECK(q.get().get()->value == 1);
      CHECK(q.get().get()->value == 2);
      q.task_done(2).get();
      CHECK(q.join().get());
    }
  });
}

}  // namespace queue_rows
