// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of the shutdown of a queue.
#include <numeric>
#include <set>

#include "queue_party.hpp"

namespace queue_shutdown_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

const got shut{{}, queue_status::shut_down};

/// Puts so many in batches. \return how many were taken in before the queue was shut down
task<int> write_batches(queue<int> to, int first, int count) {
  std::vector<int> batch(16);
  int done = 0;
  while (done < count) {
    std::iota(batch.begin(), batch.end(), first + done);
    const put_result put = co_await to.put_many(batch);
    done += static_cast<int>(put.items);
    if (!put) co_return done;
  }
  co_return done;
}
/// Reads until the end. \return how many
task<int> read_batches(queue<int> from) {
  int all = 0;
  for (;;) {
    const auto some = co_await from.get_many(16);
    if (!some) co_return some.is_shut_down() ? all : -1;
    all += static_cast<int>(some->size());
  }
}
/// The same as write_batches, but shuts it down half-way: so it is in the middle, whoever is fast or slow.
task<int> write_and_stop(queue<int> to, int first, int count) {
  const int half = co_await write_batches(to, first, count / 2);
  co_await to.shutdown();
  co_return half + co_await write_batches(to, first + half, count - half);
}
/// The same for jobs, each marked as done.
task<int> write_jobs(jobs to, int count) {
  int done = 0;
  while (done < count && co_await to.put_many(std::vector<int>(16, 1))) done += 16;
  co_return done;
}
task<int> do_jobs(jobs from) {
  int all = 0;
  while (const auto some = co_await from.get_many(16)) {
    all += static_cast<int>(some->size());
    // What an immediate shutdown has thrown away is not ours to mark; what we have is.
    co_await from.task_done(some->size());
  }
  co_return all;
}
task<std::size_t> join(jobs whose) { co_return (co_await whose.join()).failures; }

using crowd_class = doer<nothing_kept, &write_batches, &write_and_stop, &read_batches, &write_jobs,
                         &do_jobs, &join>;

template <auto Verb, class Who, class... Args>
auto start(place& here, const Who& who, Args... args) {
  return begin(here.system(), who.ask(told<Verb>(std::move(args)...)));
}

jobs unbounded_jobs(place& here) { return here.make<&jobs_of>(std::size_t{0}, 1u); }

void refuses_every_put(const queue<int>& q) {
  CHECK(q.put(9).get().is_shut_down());
  CHECK(q.put_nowait(9).get().is_shut_down());
  CHECK(q.put(9, 20s).get().is_shut_down());
  CHECK(q.put_many({9}).get().is_shut_down());
  CHECK_THROWS_AS(q.put(9).get().value(), queue_shut_down);
}
template <class Queue>
void refuses_every_get(const Queue& q) {
  CHECK(q.get().get().is_shut_down());
  CHECK(q.get_nowait().get().is_shut_down());
  CHECK(q.get(20s).get().is_shut_down());
  CHECK(q.get_many(9).get().is_shut_down());
  CHECK_THROWS_AS((void)q.get().get().value(), queue_shut_down);
}

TEST_CASE("QS01 QS02 queue: after a shutdown an empty one refuses put and get") {
  with_each_order(0, [](place& here, const queue<int>& q) {
    const auto other = queue_party(here);
    q.shutdown().get();
    CHECK(q.put(1).get().is_shut_down());
    CHECK(q.get().get().is_shut_down());
    CHECK(by<&queue_verbs::put>(other, q, 1, limit{}).is_shut_down());
    CHECK(by<&queue_verbs::get>(other, q, limit{}) == shut);
  });
}

TEST_CASE("QS03 queue: a graceful shutdown lets what is left be taken, then refuses") {
  with_each_order(0, [](place& here, const queue<int>& q) {
    CHECK(q.put(1).get());
    q.shutdown().get();
    CHECK(q.qsize().get() == 1);
    CHECK(by<&queue_verbs::get>(queue_party(here), q, limit{}).item == 1);
    CHECK(q.get().get().is_shut_down());
  });
}

TEST_CASE("QS04 queue: an immediate shutdown throws away what is left and refuses at once") {
  with_each_order(0, [](place&, const queue<int>& q) {
    CHECK(q.put_many({1, 2}).get());
    q.shutdown(true).get();
    CHECK(q.qsize().get() == 0);
    CHECK(q.get().get().is_shut_down());
  });
}

TEST_CASE(
    "QS05 queue: it says that it is shut down; graceful may become immediate; again is harmless") {
  with_each_order(0, [](place&, const queue<int>& q) {
    CHECK(q.put(1).get());
    CHECK_FALSE(q.is_shut_down().get());
    q.shutdown().get();
    CHECK(q.is_shut_down().get());
    q.shutdown().get();
    CHECK(q.qsize().get() == 1);
    q.shutdown(true).get();
    CHECK(q.is_shut_down().get());
    CHECK(q.qsize().get() == 0);
    q.shutdown(true).get();
    q.shutdown(false).get();
    CHECK(q.is_shut_down().get());
    CHECK(q.get().get().is_shut_down());
  });
}

TEST_CASE("QS06 queue: after either kind every put form is refused") {
  with_each_order(0, [](place&, const queue<int>& q) {
    q.shutdown().get();
    refuses_every_put(q);
    q.shutdown(true).get();
    refuses_every_put(q);
  });
}

TEST_CASE("QS07 queue: after a graceful one get, task_done and join work over what is left") {
  in_every_place([](place& here) {
    const jobs q = unbounded_jobs(here);
    CHECK(q.put_many({1, 2, 3}).get());
    q.shutdown().get();
    CHECK(by<&queue_verbs::work>(queue_party(here), q) == 3);
    CHECK(q.join().get());
    CHECK(by<&queue_verbs::join>(queue_party(here), q) == 0);
  });
}

TEST_CASE("QS08 queue: once it is drained after that, every get form says shut down, not empty") {
  with_each_order(0, [](place&, const queue<int>& q) {
    CHECK(q.put(1).get());
    q.shutdown().get();
    CHECK(q.get_nowait().get());
    refuses_every_get(q);
  });
}

TEST_CASE("QS09 queue: after an immediate one get is refused, task_done an error, join returns") {
  in_every_place([](place& here) {
    const jobs q = unbounded_jobs(here);
    CHECK(q.put_many({1, 2, 3}).get());
    q.shutdown(true).get();
    refuses_every_get(q);
    CHECK_THROWS_AS(q.task_done().get(), misuse_error);
    CHECK(q.join().get());
  });
}

TEST_CASE("QS10 queue: four write, six read, 65,536 items, a shutdown in the middle: all end") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(std::size_t{256});
    std::vector<decltype(here.spawn_apart<crowd_class>())> two;
    for (int i = 0; i < 2; ++i) two.push_back(here.spawn_apart<crowd_class>());
    std::vector<pending<int>> writers;
    std::vector<pending<int>> readers;
    for (std::size_t i = 0; i < 3; ++i) {
      writers.push_back(
          start<&write_batches>(here, two[i % 2], q, static_cast<int>(i) * 16384, 16384));
    }
    writers.push_back(start<&write_and_stop>(here, two[1], q, 3 * 16384, 16384));
    for (std::size_t i = 0; i < 6; ++i)
      readers.push_back(start<&read_batches>(here, two[i % 2], q));
    int put = 0;
    int taken_out = 0;
    for (auto& w : writers) put += finish_well(w);
    for (auto& r : readers) {
      const int n = finish_well(r);
      CHECK(n >= 0);
      taken_out += n;
    }
    CHECK(put < 65536);
    CHECK(put == taken_out);
    CHECK(q.is_shut_down().get());
    CHECK(q.empty().get());
  });
}

TEST_CASE("QS11 queue: the same with an immediate one: it is empty, and blocked joiners return") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{256}, 1u);
    std::vector<decltype(here.spawn_apart<crowd_class>())> two;
    for (int i = 0; i < 2; ++i) two.push_back(here.spawn_apart<crowd_class>());
    std::vector<pending<int>> all;
    CHECK(q.put(0).get());  // nobody joins before there is something
    auto first = *q.get().get();
    auto joiner = start<&join>(here, two[0], q);
    auto our_joiner = begin(here.system(), q.join());
    for (std::size_t i = 0; i < 4; ++i)
      all.push_back(start<&write_jobs>(here, two[i % 2], q, 16384));
    eventually([&] { return q.qsize().get() > 0; });  // before there is anybody to take it
    for (std::size_t i = 0; i < 6; ++i) all.push_back(start<&do_jobs>(here, two[i % 2], q));
    q.shutdown(true).get();
    CHECK(q.empty().get());
    CHECK(first == 0);
    CHECK_FALSE(is_over(joiner));  // ours is not done
    for (auto& each : all) finish_well(each);
    q.task_done().get();
    CHECK(finish_well(joiner) == 0);
    CHECK(finish_well(our_joiner));
    CHECK(q.empty().get());
  });
}

TEST_CASE("QS12 queue: graceful with two items left: of three getters after it two get one each") {
  with_each_order(0, [](place& here, const queue<int>& q) {
    CHECK(q.put_many({1, 2}).get());
    q.shutdown().get();
    const auto other = queue_party(here);
    std::vector<pending<got>> three;
    for (int i = 0; i < 3; ++i) three.push_back(let<&queue_verbs::get>(here, other, q, limit{}));
    std::multiset<int> items;
    int refused = 0;
    for (auto& each : three) {
      const got one = finish_well(each);
      if (one.item) items.insert(*one.item);
      refused += one == shut;
    }
    CHECK(items == std::multiset{1, 2});
    CHECK(refused == 1);
  });
}

TEST_CASE("QS13 queue: immediate with items left: every getter that comes after it is refused") {
  with_each_order(0, [](place& here, const queue<int>& q) {
    CHECK(q.put_many({1, 2}).get());
    q.shutdown(true).get();
    const auto other = queue_party(here);
    std::vector<pending<got>> three;
    for (int i = 0; i < 3; ++i) three.push_back(let<&queue_verbs::get>(here, other, q, limit{}));
    for (auto& each : three) CHECK(finish_well(each) == shut);
  });
}

TEST_CASE("QS14 queue: a put to a full one after a shutdown is refused instead of blocking") {
  for (const bool immediate : {false, true}) {
    with_each_order(1, [immediate](place& here, const queue<int>& q) {
      const auto other = queue_party(here);
      CHECK(q.put(1).get());
      q.shutdown(immediate).get();
      CHECK(q.put(2).get().is_shut_down());
      CHECK(by<&queue_verbs::put>(other, q, 2, limit{}).is_shut_down());
      CHECK(q.qsize().get() == (immediate ? 0 : 1));
    });
  }
}

TEST_CASE("QS14 queue: and one that is already blocked there is refused, too") {
  for (const bool immediate : {false, true}) {
    with_each_order(1, [immediate](place& here, const queue<int>& q) {
      CHECK(q.put(1).get());
      auto blocked = let<&queue_verbs::put>(here, queue_party(here), q, 2, limit{});
      wait_until_waiting(q, 1);
      q.shutdown(immediate).get();
      CHECK(finish_well(blocked).is_shut_down());
      CHECK(q.qsize().get() == (immediate ? 0 : 1));
    });
  }
}

TEST_CASE("QS15 queue: graceful: joiners return once what was left is done") {
  in_every_place([](place& here) {
    const jobs q = unbounded_jobs(here);
    const auto other = queue_party(here);
    CHECK(q.put_many({1, 2}).get());
    auto joiner = let<&queue_verbs::join>(here, other, q);
    q.shutdown().get();
    CHECK(*q.get().get() == 1);
    q.task_done().get();
    CHECK_FALSE(is_over(joiner));
    CHECK(*q.get().get() == 2);
    q.task_done().get();
    CHECK(finish_well(joiner) == 0);
  });
}

TEST_CASE("QS16 queue: immediate: joiners return without anybody marking items done") {
  in_every_place([](place& here) {
    const jobs q = unbounded_jobs(here);
    CHECK(q.put_many({1, 2}).get());
    auto joiner = let<&queue_verbs::join>(here, queue_party(here), q);
    auto ours = begin(here.system(), q.join());
    q.shutdown(true).get();
    CHECK(finish_well(joiner) == 0);
    CHECK(finish_well(ours));
  });
}

TEST_CASE(
    "QS17 queue: a put after a graceful one is refused, the join returns with the last task") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{2}, 1u);
    const auto other = queue_party(here);
    CHECK(q.put_many({1, 2}).get());
    auto joiner = let<&queue_verbs::join>(here, other, q);
    q.shutdown().get();
    CHECK(q.put(3).get().is_shut_down());
    for (int item = 1; item <= 2; ++item) {
      CHECK_FALSE(is_over(joiner));
      CHECK(*q.get().get() == item);
      q.task_done().get();
    }
    CHECK(finish_well(joiner) == 0);
  });
}

TEST_CASE("QS18 queue: over an immediate one: put refused, join returns, get_nowait refused") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(std::size_t{2}, 1u);
    CHECK(q.put_many({1, 2}).get());
    auto joiner = let<&queue_verbs::join>(here, queue_party(here), q);
    q.shutdown(true).get();
    CHECK(q.put(3).get().is_shut_down());
    CHECK(finish_well(joiner) == 0);
    CHECK(q.get_nowait().get().is_shut_down());
  });
}

TEST_CASE("QS19 queue: workers that take and mark done during a shutdown let all joiners return") {
  in_every_place([](place& here) {
    const jobs q = unbounded_jobs(here);
    const auto other = queue_party(here);
    CHECK(q.put_many(std::vector<int>(100, 7)).get());
    auto joiner = let<&queue_verbs::join>(here, other, q);
    auto second = let<&queue_verbs::join>(here, other, q);
    std::vector<pending<int>> workers;
    for (int i = 0; i < 3; ++i) workers.push_back(let<&queue_verbs::work>(here, other, q));
    q.shutdown().get();
    CHECK(finish_well(joiner) == 0);
    CHECK(finish_well(second) == 0);
    int done = 0;
    for (auto& w : workers) done += finish_well(w);
    CHECK(done == 100);
  });
}

TEST_CASE("QS20 queue: a getter already blocked on an empty one is woken and refused") {
  for (const bool immediate : {false, true}) {
    with_each_order(0, [immediate](place& here, const queue<int>& q) {
      auto blocked = let<&queue_verbs::get>(here, queue_party(here), q, limit{});
      wait_until_waiting(q, 1);
      q.shutdown(immediate).get();
      CHECK(finish_well(blocked) == shut);
    });
  }
}

}  // namespace queue_shutdown_rows
