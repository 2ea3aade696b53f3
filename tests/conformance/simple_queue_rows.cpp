// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of SimpleQueue, in one process and across several.
#include <algorithm>
#include <numeric>
#include <troupe/gather.hpp>

#include "queue_party.hpp"

namespace simple_queue_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

queue<int> simple(actor_system& system) { return simple_queue<int>::spawn(system); }

/// How a consumer asks for the next item.
enum class way : std::uint8_t { waiting, polling, briefly };

task<int> produce(queue<int> to, int first, int count) {
  for (int i = 0; i < count; ++i) (void)co_await to.put(first + i);
  co_return count;
}
task<std::vector<int>> consume(queue<int> from, way how) {
  std::vector<int> all;
  for (;;) {
    auto one = how == way::waiting   ? co_await from.get()
               : how == way::polling ? co_await from.get_nowait()
                                     : co_await from.get(10us);
    if (one.is_shut_down()) co_return all;
    if (one) all.push_back(*one);
  }
}
using member = doer<nothing_kept, &produce, &consume>;

/// 50 producers and 50 consumers in two parties. \return what the consumers have, sorted
std::vector<int> pass_through(place& here, int items, way how) {
  const auto q = here.make<&simple>();
  const decltype(here.spawn_apart<member>()) two[] = {here.spawn_apart<member>(),
                                                      here.spawn_apart<member>()};
  std::vector<pending<int>> producers;
  std::vector<pending<std::vector<int>>> consumers;
  for (int i = 0; i < 50; ++i) {
    const auto& who = two[i % 2];
    consumers.push_back(begin(here.system(), who.ask(told<&consume>(q, how))));
    producers.push_back(
        begin(here.system(), who.ask(told<&produce>(q, i * items / 50, items / 50))));
  }
  for (auto& p : producers) CHECK(finish_well(p) == items / 50);
  q.shutdown().get();
  std::vector<int> all;
  for (auto& c : consumers) {
    const auto part = finish_well(c);
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<int> up_to(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// What is alive, as long as somebody has it.
struct weighty {
  static constexpr bool local_only = true;
  std::shared_ptr<int> token;
};

/// Its last copy puts the next one when it goes: where that is, inside whatever the queue does there.
struct chained {
  static constexpr bool local_only = true;
  struct link {
    int number = 0;
    joinable_queue<chained> next_goes_to;
    ~link();
  };
  std::shared_ptr<link> here;
};
constexpr int chain_length = 10'000;
chained::link::~link() {
  if (number >= chain_length) return;
  messages::queue_put<chained> next{chained{std::make_shared<link>(number + 1, next_goes_to)}, {}};
  next_goes_to.coordinator().tell(std::move(next));
}
task<std::vector<int>> follow(joinable_queue<chained> chain) {
  std::vector<int> numbers;
  while (numbers.empty() || numbers.back() < chain_length) {
    auto one = co_await chain.get();
    numbers.push_back(one->here->number);
    one->here.reset();           // the queue has the last copy,
    co_await chain.task_done();  // and lets it go in there
  }
  co_return numbers;
}

TEST_CASE("SQ01 simple_queue: size and emptiness follow every put and get form") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    CHECK(q.empty().get());
    std::size_t size = 0;
    const auto grown = [&](const put_result& put) {
      CHECK(put);
      CHECK(q.qsize().get() == ++size);
      CHECK_FALSE(q.empty().get());
    };
    grown(q.put(1).get());
    grown(q.put_nowait(2).get());
    grown(q.put(3, 1s).get());
    grown(q.put_many({4}).get());
    CHECK_FALSE(q.full().get());
    const auto shrunk = [&](int item, int expected) {
      CHECK(item == expected);
      CHECK(q.qsize().get() == --size);
    };
    shrunk(*q.get().get(), 1);
    shrunk(*q.get_nowait().get(), 2);
    shrunk(*q.get(1s).get(), 3);
    shrunk(q.get_many(9).get()->front(), 4);
    CHECK(q.empty().get());
  });
}

TEST_CASE("SQ02 simple_queue: non-blocking and timed gets say empty, and it stays sound") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    for (int round = 0; round < 2; ++round) {
      CHECK(q.get_nowait().get().is_empty());
      CHECK(q.get(1us).get().is_empty());
      CHECK(q.get_many(3, 0ns).get().is_empty());
      CHECK(q.put(round).get());
      CHECK(*q.get().get() == round);
    }
    CHECK(q.empty().get());
  });
}

TEST_CASE("SQ03 simple_queue: one producer and one consumer: exact order over 100 items") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    auto got =
        begin(here.system(), here.spawn_apart<member>().ask(told<&consume>(q, way::waiting)));
    CHECK(here.spawn_apart<member>().ask(told<&produce>(q, 0, 100)).get() == 100);
    q.shutdown().get();
    CHECK(finish_well(got) == up_to(100));
  });
}

TEST_CASE("SQ04 simple_queue: 50 put and 50 get 10,000 items: none lost, none doubled") {
  in_every_place(
      [](place& here) { CHECK(pass_through(here, 10'000, way::waiting) == up_to(10'000)); });
}
TEST_CASE("SQ05 simple_queue: the same with polling consumers") {
  in_every_place(
      [](place& here) { CHECK(pass_through(here, 10'000, way::polling) == up_to(10'000)); });
}
TEST_CASE("SQ06 simple_queue: the same with timeouts of 10 microseconds, 1,000 items") {
  in_every_place(
      [](place& here) { CHECK(pass_through(here, 1'000, way::briefly) == up_to(1'000)); });
}

TEST_CASE("SQ07 simple_queue: it lets an item go the moment it is taken") {
  actor_system system({.workers = 2});
  const auto q = simple_queue<weighty>::spawn(system);
  std::weak_ptr<int> seen;
  {
    auto token = std::make_shared<int>(1);
    seen = token;
    CHECK(q.put({std::move(token)}).get());
  }
  CHECK_FALSE(seen.expired());
  {
    const auto item = q.get().get();
  }
  CHECK(seen.expired());
}

TEST_CASE(
    "SQ08 simple_queue: put may be called from a destructor inside a queue call, 10,000 times") {
  actor_system system({.workers = 2});
  const auto chain = joinable_queue<chained>::spawn(system, {.maxsize = unbounded_queue});
  CHECK(chain.put({std::make_shared<chained::link>(0, chain)}).get());
  const auto numbers = system.run(follow(chain));
  CHECK(numbers == up_to(chain_length + 1));
}

}  // namespace simple_queue_rows
