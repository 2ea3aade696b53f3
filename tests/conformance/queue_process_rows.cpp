// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of queues between processes.
#include <stdexcept>
#include <string>
#include <troupe/process.hpp>

#include "queue_party.hpp"

namespace queue_process_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// An item that may refuse to be serialised.
struct stubborn {
  std::string text;
  template <class Archive>
  void save(Archive& archive) const {
    if (text == "stubborn") throw std::runtime_error("it will not be serialised");
    archive(text);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(text);
  }
};
queue<stubborn> stubborn_queue(actor_system& system, std::size_t maxsize) {
  return queue<stubborn>::spawn(system, {.maxsize = maxsize});
}
task<process> start_one(actor_system& system) { co_return co_await system.start_process({}); }
/// A queue that another process keeps.
task<queue<stubborn>> queue_in(process there) {
  const auto by = co_await there.spawn<maker<&stubborn_queue, std::size_t>>(std::size_t{1});
  co_return co_await by.ask(made<&stubborn_queue, std::size_t>{});
}
/// \return how the put came out
task<std::string> put_text(queue<stubborn> to, std::string text) {
  auto put = to.put({std::move(text)}).result();
  const auto done = co_await put;
  co_return done ? "put" : done.error().text;
}
using teller = doer<nothing_kept, &put_text>;

/// Tells its items, waits for nothing, and ends.
behavior hasty(mailbox<>, queue<int> to, int first, int count) {
  for (int i = 0; i < count; ++i) {
    to.coordinator().tell(messages::queue_put<int>{first + i, {}});
  }
  co_return;
}

queue<int> simple(actor_system& system) { return simple_queue<int>::spawn(system); }

struct queue_state {
  std::size_t size = 0;
  bool empty = false;
  bool full = false;
  bool operator==(const queue_state&) const = default;
};
queue_state seen_by(const queue_party_ref& who, const queue<int>& q) {
  return {by<&queue_verbs::size_of>(who, q), by<&queue_verbs::is_empty>(who, q),
          by<&queue_verbs::is_full>(who, q)};
}
template <class Queue>
queue_state seen_here(const Queue& q) {
  return {q.qsize().get(), q.empty().get(), q.full().get()};
}
template <class Begin>
bool is_at_once(Begin begin) {
  const auto begun = steady_clock::now();
  begin();
  return steady_clock::now() - begun < 5s;
}

TEST_CASE("MQ01 queue: a bounded one fills with any mix of put forms and reads full at its limit") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(std::size_t{6});
    const auto child = queue_party(here);
    CHECK(q.put(1).get());
    CHECK(by<&queue_verbs::put>(child, q, 2, limit{}));
    CHECK(q.put_nowait(3).get());
    CHECK(by<&queue_verbs::put>(child, q, 4, limit{0ns}));
    CHECK_FALSE(q.full().get());
    CHECK(q.put_many({5}).get());
    CHECK(by<&queue_verbs::put>(child, q, 6, limit{20s}));
    CHECK(seen_here(q) == queue_state{6, false, true});
    CHECK(seen_by(child, q) == queue_state{6, false, true});
  });
}

TEST_CASE("MQ02 queue: a non-blocking put or get returns at once") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(std::size_t{1});
    const auto child = queue_party(here);
    CHECK(is_at_once([&] { CHECK(q.get_nowait().get().is_empty()); }));
    CHECK(is_at_once([&] { CHECK_FALSE(by<&queue_verbs::get>(child, q, limit{0ns}).item); }));
    CHECK(q.put(1).get());
    CHECK(is_at_once([&] { CHECK(q.put_nowait(2).get().is_full()); }));
    CHECK(is_at_once([&] { CHECK(by<&queue_verbs::put>(child, q, 2, limit{0ns}).is_full()); }));
  });
}

TEST_CASE("MQ03 queue: after a child has drained it the parent sees it empty and not full") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(std::size_t{6});
    CHECK(q.put_many({1, 2, 3, 4, 5, 6}).get());
    CHECK(q.full().get());
    const auto items = by<&queue_verbs::get_count>(queue_party(here), q, std::size_t{6});
    CHECK(items == std::vector{1, 2, 3, 4, 5, 6});
    CHECK(seen_here(q) == queue_state{0, true, false});
  });
}

TEST_CASE("MQ04 queue: a child's puts arrive in order through every get form") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    CHECK(by<&queue_verbs::put_count>(queue_party(here), q, 0, 16) == 16);
    for (int i = 0; i < 8; i += 4) {
      CHECK(*q.get().get() == i);
      CHECK(*q.get(20s).get() == i + 1);
      CHECK(*q.get_nowait().get() == i + 2);
      CHECK(*q.get_many(1).get() == std::vector{i + 3});
    }
    CHECK(by<&queue_verbs::get_each_way>(queue_party(here), q, 2) ==
          std::vector{8, 9, 10, 11, 12, 13, 14, 15});
    CHECK(q.get_nowait().get().is_empty());
  });
}

TEST_CASE(
    "MQ05 queue: a child started after the parent has used it can put; all 20 come in order") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    for (int i = 0; i < 10; ++i) CHECK(q.put(i).get());
    CHECK(by<&queue_verbs::put_count>(queue_party(here), q, 10, 10) == 10);
    for (int i = 0; i < 20; ++i) CHECK(*q.get().get() == i);
    CHECK(q.empty().get());
  });
}

TEST_CASE("MQ06 queue: what a child has put is not lost when it ends right after") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    here.spawn_apart<&hasty>(q, 0, 1000);
    for (int i = 0; i < 1000; ++i) CHECK(*q.get().get() == i);
  });
}

TEST_CASE("MQ07 queue: the size reads 0, 1, 2, 1, 0 over two puts and two gets") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    const auto child = queue_party(here);
    CHECK(by<&queue_verbs::size_of>(child, q) == 0);
    CHECK(q.put(1).get());
    CHECK(by<&queue_verbs::size_of>(child, q) == 1);
    CHECK(q.put(2).get());
    CHECK(by<&queue_verbs::size_of>(child, q) == 2);
    CHECK(q.get().get());
    CHECK(by<&queue_verbs::size_of>(child, q) == 1);
    CHECK(q.get().get());
    CHECK(by<&queue_verbs::size_of>(child, q) == 0);
  });
}

TEST_CASE(
    "MQ08 queue: four workers drain a joinable one; join returns; a sentinel each ends them") {
  in_every_place([](place& here) {
    const jobs q = here.make<&jobs_of>(unbounded_queue, 1u);
    std::vector<pending<int>> workers;
    for (int i = 0; i < 4; ++i) {
      workers.push_back(let<&queue_verbs::work>(here, queue_party(here), q));
    }
    for (int i = 0; i < 10; ++i) CHECK(q.put(i).get());
    CHECK(q.join().get());
    for (int i = 0; i < 4; ++i) CHECK(q.put(-1).get());
    int done = 0;
    for (auto& w : workers) done += finish_well(w);
    CHECK(done == 10);
    CHECK(q.join().get());
  });
}

TEST_CASE(
    "MQ09 MQ10 queue: what cannot be serialised is reported and dropped; its place stays free") {
  in_every_place([](place& here) {
    if (!here.parties_apart()) return;  // in one process nothing is serialised
    const auto q = here.make<&stubborn_queue>(std::size_t{1});
    const auto child = here.spawn_apart<teller>();
    const std::string why = child.ask(told<&put_text>(q, std::string("stubborn"))).get();
    CHECK(why.find("stubborn") != std::string::npos);
    CHECK(why.find("could not be encoded: it will not be serialised") != std::string::npos);
    CHECK(q.empty().get());
    CHECK(q.qsize().get() == 0);
    CHECK_FALSE(q.full().get());
    CHECK(child.ask(told<&put_text>(q, std::string("docile"))).get() == "put");
    CHECK(q.full().get());
    CHECK(q.get().get()->text == "docile");
  });
}

TEST_CASE("MQ11 queue: a hook is called with what cannot be serialised, and why") {
  std::string lost, why;
  actor_system system({.workers = 1});
  system.on_dead_letter([&](const dead_letter_report& report) {
    const auto* put = report.as<messages::queue_put<stubborn>>();
    if (!put) return;
    lost = put->item.text;
    why = report.text;
    CHECK_FALSE(report.as<stubborn>());
  });
  process there = system.run(start_one(system));
  const auto q = system.run(queue_in(there));
  CHECK_THROWS_AS((void)q.put({"stubborn"}).get(), send_error);
  CHECK(lost == "stubborn");
  CHECK(why.find("could not be encoded: it will not be serialised") != std::string::npos);
  lost.clear();
  CHECK(q.put({"docile"}).get());
  CHECK(lost.empty());
}

TEST_CASE("MQ12 queue: closing one that was never used is harmless: it says that it is empty") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    q.close().get();
    CHECK(q.empty().get());
    CHECK(by<&queue_verbs::is_empty>(queue_party(here), q));
  });
}

TEST_CASE("MQ13 queue: asking one that was used and closed whether it is empty is an error") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    CHECK(by<&queue_verbs::put>(queue_party(here), q, 1, limit{}));
    q.close().get();
    CHECK_THROWS_WITH_AS((void)q.empty().get(),
                         "the queue is closed: nothing can be asked of it any more", misuse_error);
    CHECK_THROWS_AS((void)q.qsize().get(), misuse_error);
  });
}

TEST_CASE("MQ14 queue: put and get on a closed one are an error, also for who waits there") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    auto hungry = begin(here.system(), q.get());
    wait_until_waiting(q, 1);
    q.close().get();
    CHECK(finish(hungry).error().code == errc::misuse);
    CHECK_THROWS_AS((void)q.put(1).get(), misuse_error);
    CHECK_THROWS_AS((void)q.get().get(), misuse_error);
    CHECK_THROWS_AS((void)q.get_nowait().get(), misuse_error);
  });
}

TEST_CASE("MQ15 simple_queue: emptiness can be asked in the child and is right on both sides") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    const auto child = queue_party(here);
    CHECK(q.empty().get());
    CHECK(by<&queue_verbs::is_empty>(child, q));
    CHECK(by<&queue_verbs::put>(child, q, 1, limit{}));
    CHECK_FALSE(q.empty().get());
    CHECK_FALSE(by<&queue_verbs::is_empty>(child, q));
    CHECK(*q.get().get() == 1);
    CHECK(by<&queue_verbs::is_empty>(child, q));
  });
}

TEST_CASE("MQ16 simple_queue: asking a closed one is an error even if it was never used") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    q.close().get();
    CHECK_THROWS_AS((void)q.empty().get(), misuse_error);
    CHECK_THROWS_AS((void)q.get_nowait().get(), misuse_error);
  });
}

TEST_CASE("MQ17 simple_queue: closing twice is harmless, and both ends are closed") {
  in_every_place([](place& here) {
    const auto q = here.make<&simple>();
    CHECK(q.put(1).get());
    q.close().get();
    q.close().get();
    CHECK_THROWS_AS((void)q.put(2).get(), misuse_error);
    CHECK_THROWS_AS((void)q.get().get(), misuse_error);
  });
}

TEST_CASE(
    "MQ18 queue: a child sees size and full, drains it in order, and the parent sees it empty") {
  in_every_place([](place& here) {
    const auto q = here.make<&fifo_of>(std::size_t{5});
    CHECK(q.put_many({0, 1, 2, 3, 4}).get());
    const auto child = queue_party(here);
    CHECK(seen_by(child, q) == queue_state{5, false, true});
    CHECK(by<&queue_verbs::get_count>(child, q, std::size_t{5}) == std::vector{0, 1, 2, 3, 4});
    CHECK(seen_by(child, q) == queue_state{0, true, false});
    CHECK(seen_here(q) == queue_state{0, true, false});

    const jobs all = here.make<&jobs_of>(std::size_t{5}, 1u);
    CHECK(all.put_many({0, 1, 2, -1}).get());
    CHECK(by<&queue_verbs::work>(child, all) == 3);
    CHECK(seen_here(all) == queue_state{0, true, false});
    CHECK(all.join().get());
  });
}

}  // namespace queue_process_rows
