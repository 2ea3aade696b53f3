// SPDX-License-Identifier: BSD-3-Clause
// Those who put, get and do jobs, and die over it, each by each cause.
#include <string>

#include "queue_party.hpp"

namespace queue_death_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;

constexpr std::size_t large = std::size_t{4} << 20;

queue<std::string> text_queue(actor_system& system) {
  return queue<std::string>::spawn(system, {.maxsize = 2});
}
/// Puts one large item after the other; says so once the first is in.
task<int> flood(queue<std::string> to, event begun) {
  for (int all = 0;; ++all) {
    const std::string item(large, static_cast<char>('a' + all % 26));
    if (!co_await to.put(item)) co_return all;
    if (all == 0) co_await begun.set();
  }
}
task<bool> put_text(queue<std::string> to, std::string text) {
  co_return static_cast<bool>(co_await to.put(std::move(text)));
}
using putter_class = doer<nothing_kept, &flood, &put_text>;

bool is_whole(const std::string& item) {
  return item.size() == large && item.find_first_not_of(item[0]) == std::string::npos;
}

void takes_jobs(const jobs& q, const queue_party_ref& who, int count) {
  for (int i = 0; i < count; ++i) CHECK(by<&queue_verbs::take_job>(who, q) >= 0);
  CHECK(q.qsize().get() == 0);
}

/// What a consumer had when it died has failed; join says what, and whom it names.
void fails_what_is_not_done(place& here, death how) {
  const jobs q = here.make<&jobs_of>(unbounded_queue, 1u);
  const auto dying = queue_party(here);
  CHECK(q.put_many({5, 6}).get());
  takes_jobs(q, dying, 2);
  auto joiner = begin(here.system(), q.join());
  const exit_reason why = here.end(dying, how);
  const auto all = finish_well(joiner);
  CHECK_FALSE(all);
  REQUIRE(all.failed.size() == 2);
  CHECK(all.failed[0].item == 5);
  CHECK(all.failed[1].item == 6);
  for (const auto& failed : all.failed) {
    INFO(failed.why);
    CHECK(failed.why.find(to_string(dying)) != std::string::npos);
    CHECK(failed.why.find(to_string(why)) != std::string::npos);
  }
  CHECK(q.put(-1).get());
  CHECK(by<&queue_verbs::work>(queue_party(here), q) == 0);
  CHECK(q.join().get());
}

/// Or it is handed out again, and done.
void hands_out_again(place& here, death how) {
  const jobs q = here.make<&jobs_of>(unbounded_queue, 2u);
  const auto dying = queue_party(here);
  CHECK(q.put_many({5, 6}).get());
  takes_jobs(q, dying, 2);
  auto joiner = begin(here.system(), q.join());
  auto next = let<&queue_verbs::work>(here, queue_party(here), q);
  wait_until_waiting(q, 1);
  here.end(dying, how);
  CHECK(finish_well(joiner));
  q.shutdown().get();
  CHECK(finish_well(next) == 2);
}

TEST_CASE("K11 queue: a getter dies while it waits: the item goes to the next") {
  at_every_death([](place& here, death how) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    const auto dying = queue_party(here);
    auto never = let<&queue_verbs::get>(here, dying, q, limit{});
    wait_until_waiting(q, 1);
    const auto live = queue_party(here);
    auto next = let<&queue_verbs::get>(here, live, q, limit{});
    wait_until_waiting(q, 2);
    here.end(dying, how);
    CHECK(finish(never).error().code == errc::actor_down);
    CHECK(q.put(7).get());
    CHECK(finish_well(next).item == 7);
    CHECK(q.put(8).get());
    CHECK(*q.get(20s).get() == 8);
  });
}

TEST_CASE("K11 queue: nobody else waits yet: whoever comes later gets it") {
  at_every_death([](place& here, death how) {
    const auto q = here.make<&fifo_of>(unbounded_queue);
    const auto dying = queue_party(here);
    auto never = let<&queue_verbs::get>(here, dying, q, limit{});
    wait_until_waiting(q, 1);
    here.end(dying, how);
    wait_until_waiting(q, 0);
    CHECK(q.put(7).get());
    CHECK(q.qsize().get() == 1);
    CHECK(*q.get(20s).get() == 7);
  });
}

TEST_CASE("K12 queue: a putter dies inside a put of 4 MiB: no partial item, and getters go on") {
  at_every_death([](place& here, death how) {
    const auto q = here.make<&text_queue>();
    const event begun = here.make<event>();
    const auto dying = here.spawn_apart<putter_class>();
    auto never = begin(here.system(), dying.ask(told<&flood>(q, begun)));
    begun.wait().get();
    CHECK(is_whole(*q.get(20s).get()));  // so that another put is under way
    here.end(dying, how);
    CHECK(finish(never).error().code == errc::actor_down);
    wait_until_waiting(q, 0);  // it was in line with one more, perhaps
    while (const auto item = q.get_nowait().get()) CHECK(is_whole(*item));
    const auto live = here.spawn_apart<putter_class>();
    CHECK(live.ask(told<&put_text>(q, std::string("small"))).get());
    // What the dead had sent to its end may come even now: before that, behind it, or not at all.
    std::string item;
    while ((item = *q.get(20s).get()) != "small") CHECK(is_whole(item));
    while (const auto late = q.get_nowait().get()) CHECK(is_whole(*late));
  });
}

TEST_CASE(
    "K13 K19 joinable_queue: who dies between get and task_done: the item has failed, join says "
    "so") {
  at_every_death(fails_what_is_not_done);
}
TEST_CASE(
    "K13 K19 joinable_queue: or it is handed out again, if the option says so, and join waits for "
    "it") {
  at_every_death(hands_out_again);
}

}  // namespace queue_death_rows
