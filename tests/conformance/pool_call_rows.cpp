// SPDX-License-Identifier: BSD-3-Clause
// Pools: what they are given, and what comes back.
#include <captured.hpp>
#include <private_directory.hpp>

#include "../transport/census.hpp"
#include "pool_row_tasks.hpp"

namespace pool_call_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::pool_tasks_of_rows;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST_CASE("PO01 pool: apply returns the result, with positional and named arguments") {
  in_every_pool([](place&, const pool& workers) {
    CHECK(workers.apply<&square>(5).get() == 25);
    CHECK(workers.apply<&product>(5, 6).get() == 30);
    CHECK(workers.apply<&power>(power_of{.base = 5}).get() == 25);
    CHECK(workers.apply<&power>(power_of{.base = 5, .exponent = 3}).get() == 125);
  });
}

TEST_CASE("PO02 pool: map returns results in input order, in chunks or not") {
  in_every_pool([](place&, const pool& workers) {
    CHECK(workers.map<&square>(up_to(10)).get() == squares(10));
    CHECK(workers.map<&square>(up_to(100), 20).get() == squares(100));
    CHECK(workers.map<&square>(up_to(1000), 1).get() == squares(1000));
  });
}

TEST_CASE("PO03 pool: starmap unpacks tuples, and so does its asynchronous form") {
  in_every_pool([](place&, const pool& workers) {
    std::vector<std::tuple<int, int>> inputs;
    std::vector<int> wanted;
    for (int i = 0; i < 100; ++i) {
      inputs.emplace_back(i, 99 - i);
      wanted.push_back(i * (99 - i));
    }
    CHECK(workers.starmap<&product>(inputs).get() == wanted);
    CHECK(workers.starmap<&product>(inputs, 20).get() == wanted);
    CHECK(workers.starmap_async<&product>(inputs).get() == wanted);
  });
}

TEST_CASE("PO04 pool: map_async gives what map gives") {
  in_every_pool([](place&, const pool& workers) {
    CHECK(workers.map_async<&square>(up_to(10)).get() == squares(10));
    CHECK(workers.map<&square>(up_to(100)).chunk(7).start().get() == squares(100));
  });
}

TEST_CASE(
    "PO05 pool: the success callback gets the whole list once, the error callback the error") {
  in_every_pool([](place&, const pool& workers) {
    std::atomic<int> good{0};
    std::atomic<int> bad{0};
    const auto on_error = [&](const std::exception_ptr& e) {
      CHECK_THROWS_AS(std::rethrow_exception(e), std::invalid_argument);
      ++bad;
    };
    workers.map<&square>(up_to(10))
        .start(
            [&](const std::vector<int>& all) {
              CHECK(all == squares(10));
              ++good;
            },
            on_error)
        .wait();
    CHECK(good == 1);
    CHECK(bad == 0);
    workers.map<&negated_or_thrown>(up_to(10))
        .start([&](const std::vector<int>&) { ++good; }, on_error)
        .wait();
    CHECK(good == 1);
    CHECK(bad == 1);
  });
}

TEST_CASE("PO06 pool: an argument that cannot be serialised raises; it does not hang") {
  in_every_pool_of_processes([](place&, const pool& workers) {
    CHECK_THROWS_AS(workers.map<&take>(std::vector<stays>(10)).get(), send_error);
    CHECK_THROWS_AS(workers.apply<&take>(stays{}).get(), send_error);
    CHECK(workers.apply<&square>(3).get() == 9);
  });
}

TEST_CASE("PO07 pool: an asynchronous map over nothing, with a chunk size, completes") {
  in_every_pool([](place&, const pool& workers) {
    const auto nothing = workers.map<&square>(std::vector<int>{}).chunk(1).start();
    CHECK(nothing.wait(far_too_long));
    CHECK(nothing.get().empty());
  });
}

TEST_CASE(
    "PO08 pool: an error from the caller's own source gets out of map; the pool stays usable") {
  in_every_pool([](place&, const pool& workers) {
    for (const int good : {0, 6}) {
      CHECK_THROWS_WITH_AS(std::ignore = workers.map<&square>(failing_source(good)), "the source",
                           std::domain_error);
      CHECK_THROWS_WITH_AS(std::ignore = workers.map<&square>(failing_source(good), 1),
                           "the source", std::domain_error);
    }
    CHECK(workers.map<&square>(up_to(5)).get() == squares(5));
  });
}

TEST_CASE("PO09 pool: a result can be waited for and arrives when the task ends") {
  in_every_pool([](place& here, const pool& workers) {
    const event go = here.spawn_event();
    const auto result = workers.apply_async<&square_after>(go, 7);
    eventually([&] { return go.waiting().get() == 1; });
    CHECK_FALSE(result.ready());
    go.set().get();
    CHECK(result.get(far_too_long) == 49);
    CHECK(result.successful());
  });
}

TEST_CASE("PO10 pool: waiting for a result with a timeout raises when the time is up") {
  in_every_pool([](place& here, const pool& workers) {
    const event go = here.spawn_event();
    const auto result = workers.apply_async<&square_after>(go, 7);
    const auto begun = steady_clock::now();
    CHECK_THROWS_AS(result.get(30ms), timeout_error);
    CHECK(steady_clock::now() - begun >= 30ms);
    go.set().get();
    CHECK(result.get() == 49);
  });
}

TEST_CASE("PO11 pool: imap yields results in order, ends properly, and works in chunks") {
  in_every_pool([](place&, const pool& workers) {
    auto ten = workers.imap<&square>(up_to(10));
    CHECK(all_of(ten) == squares(10));
    CHECK_FALSE(ten.next().get());
    auto thousand = workers.imap<&square>(up_to(1000)).chunk(100);
    CHECK(all_of(thousand) == squares(1000));
  });
}

TEST_CASE("PO12 pool: imap over a failing source: the results before it, then the error") {
  in_every_pool([](place&, const pool& workers) {
    for (const int good : {0, 6, 8}) {
      for (const std::size_t chunk : {1u, 4u, 100u}) {
        auto stream = workers.imap<&square>(failing_source(good)).chunk(chunk);
        for (int i = 0; i < good; ++i) CHECK(stream.next().get() == i * i);
        CHECK_THROWS_WITH_AS(stream.next().get(), "the source", std::domain_error);
      }
    }
  });
}

TEST_CASE("PO13 pool: imap_unordered gives the same results in any order") {
  in_every_pool([](place&, const pool& workers) {
    for (const std::size_t chunk : {1u, 53u}) {
      auto stream = workers.imap_unordered<&square>(up_to(200)).chunk(chunk);
      auto got = all_of(stream);
      std::sort(got.begin(), got.end());
      CHECK(got == squares(200));
    }
  });
}

TEST_CASE("PO14 pool: imap_unordered over a failing source: no result twice, then the error") {
  in_every_pool([](place&, const pool& workers) {
    for (const std::size_t chunk : {1u, 4u}) {
      auto stream = workers.imap_unordered<&square>(failing_source()).chunk(chunk);
      std::vector<int> got;
      CHECK_THROWS_WITH_AS(
          [&] {
            while (auto each = stream.next().get()) got.push_back(*each);
          }(),
          "the source", std::domain_error);
      std::sort(got.begin(), got.end());
      CHECK(got == squares(6));
    }
  });
}

}  // namespace pool_call_rows
