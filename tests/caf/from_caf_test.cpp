// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <chrono>
#include <future>
#include <stdexcept>
#include <stop_token>
#include <troupe/actor_system.hpp>
#include <troupe/caf.hpp>
#include <troupe/gather.hpp>

#include "caf_stage.hpp"
#include "eventually.hpp"
#include "pending.hpp"

using namespace troupe;
using namespace neighbours;
using namespace std::chrono_literals;

namespace {

/// A CAF actor as its users write them: plain types, and nothing of ours.
struct shelf {
  std::vector<int> numbers;
  std::vector<caf::response_promise> waiting;
};
using shelf_ref = actor_ref<add, list, sum, fail, plain, copy_of, wait_for>;

caf::behavior keep(caf::stateful_actor<shelf>* self, int) {
  return {
      [=](const add& m) {
        if (m.number < 0) self->quit(caf::make_error(caf::sec::invalid_argument, "below zero"));
        caf_dialect::state_of(self).numbers.push_back(m.number);
      },
      [=](const list&) { return caf_message(caf_dialect::state_of(self).numbers); },
      [=](const sum&) {
        long all = 0;
        for (const int n : caf_dialect::state_of(self).numbers) all += n;
        return all;
      },
      [=](const fail& m) -> caf::result<void> {
        if (m.text == "throw") throw std::runtime_error("a CAF handler throws");
        if (m.text == "quit") {
          self->quit();
          return caf::unit;
        }
        return caf::make_error(caf::sec::cannot_open_file, m.text);
      },
      [=](const plain& p) { caf_dialect::state_of(self).numbers.push_back(p.number); },
      // The response is no plain: an answer in the wrong type.
      [=](const copy_of& q) { return q.number; },
      [=](const wait_for&) {
        caf_dialect::state_of(self).waiting.push_back(self->make_response_promise());
        return caf_dialect::state_of(self).waiting.back();
      },
      [=](caf::ok_atom) {
        for (auto& p : caf_dialect::state_of(self).waiting) p.deliver(1);
        caf_dialect::state_of(self).waiting.clear();
      },
  };
}

struct stage {
  caf_side theirs;
  actor_system ours{{.workers = 2}};
  caf::actor there = theirs.system.spawn(&keep, 0);

  shelf_ref ref(from_caf_options options = {}) {
    return from_caf<add, list, sum, fail, plain, copy_of, wait_for>(ours, there, options);
  }
  news<exit_reason> end_of(const actor_ref<>& whom) { return neighbours::end_of(ours, whom); }
  caf::error caf_end() {
    caf::error why = caf::sec::runtime_error;
    caf::scoped_actor self{*theirs};
    self->monitor(there);
    self->receive([&](const caf::down_msg& d) { why = d.reason; });
    return why;
  }
};

}  // namespace

TEST_CASE("from_caf: what is told comes in order, an ask comes back with the response") {
  stage s;
  const auto ref = s.ref();
  std::vector<int> sent;
  for (int i = 0; i < 500; ++i) {
    if (i % 2 == 0) {
      ref.tell(add{i});
    } else {
      ref.tell(plain{i, "text"});
    }
    sent.push_back(i);
  }
  CHECK(ref.ask(list{}).get() == sent);
  CHECK(ref.ask(sum{}).get() == 499 * 250);
  ref.ask(add{1}).get();  // no reply, but handled
  CHECK(ref.ask(sum{}).get() == 499 * 250 + 1);
}

TEST_CASE("from_caf: an error of CAF's comes with category, code and context") {
  stage s;
  const auto ref = s.ref();
  try {
    ref.ask(fail{"/no/such/file"}).get();
    FAIL("no error");
  } catch (const handler_error& e) {
    const std::string text = e.what();
    CHECK(text.find("cannot_open_file") != std::string::npos);
    CHECK(text.find("/no/such/file") != std::string::npos);
    const int code = static_cast<int>(caf::sec::cannot_open_file);
    CHECK(text.find(std::string("category ") + caf_dialect::name_of_sec + ", code " +
                    std::to_string(code)) != std::string::npos);
  }
  auto asked = troupe::testing::begin(s.ours, ref.ask(copy_of{1}));
  const auto got = troupe::testing::finish(asked);
  REQUIRE(got.has_error());
  CHECK(got.error().code == errc::bad_message);
  CHECK(got.error().text.find("plain") != std::string::npos);
  // What the CAF actor has no handler for.
  const caf::actor deaf = start(*s.theirs, [](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](int) {}};
  });
  const auto to_deaf = from_caf<sum>(s.ours, deaf);
  auto second = troupe::testing::begin(s.ours, to_deaf.ask(sum{}));
  const auto refused = troupe::testing::finish(second);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == errc::bad_message);
}

TEST_CASE("from_caf: many asks are under way at the same time, in a task") {
  stage s;
  const auto ref = s.ref();
  for (int i = 1; i <= 10; ++i) ref.tell(add{i});
  const long all = s.ours.run([](shelf_ref there) -> task<long> {
    const std::vector<shelf_ref> often(2000, there);
    long total = 0;
    for (auto& each : co_await ask_all(often, sum{})) total += each.value();
    co_return total;
  }(ref));
  CHECK(all == 2000 * 55);
}

TEST_CASE("from_caf: each way in which the CAF actor ends has its reason") {
  using cause = exit_reason::cause;
  {
    stage s;
    const auto ref = s.ref();
    auto end = s.end_of(ref);
    ref.tell(fail{"quit"});
    CHECK(end.wait().is_normal());
    CHECK_THROWS_AS(s.ref().ask(sum{}).get(), actor_down);  // it was gone before
    CHECK_THROWS_AS(ref.ask(sum{}).get(), actor_down);
  }
  {
    stage s;
    const auto ref = s.ref();
    auto end = s.end_of(ref);
    ref.tell(add{-1});
    const exit_reason why = end.wait();
    CHECK(why.what == cause::error);
    CHECK(why.text.find("below zero") != std::string::npos);
  }
  {
    stage s;
    const auto ref = s.ref();
    auto end = s.end_of(ref);
    caf::anon_send_exit(s.there, caf::exit_reason::kill);
    CHECK(end.wait().what == cause::killed);
  }
  {
    stage s;
    const auto ref = s.ref();
    auto end = s.end_of(ref);
    ref.tell(fail{"throw"});
    const exit_reason why = end.wait();
    CHECK(why.what == cause::error);
    CAPTURE(why.text);
  }
}

TEST_CASE("from_caf: what is open when the CAF actor ends fails with its reason") {
  stage s;
  const auto ref = s.ref();
  std::vector<troupe::testing::pending<int>> open;
  for (int i = 0; i < 20; ++i) open.push_back(troupe::testing::begin(s.ours, ref.ask(wait_for{})));
  CHECK(ref.ask(sum{}).get() == 0);
  caf::anon_send_exit(s.there, caf::exit_reason::kill);
  for (auto& each : open) {
    const auto got = troupe::testing::finish(each);
    REQUIRE(got.has_error());
    CHECK(got.error().code == errc::actor_down);
  }
}

TEST_CASE("from_caf: the last message comes before the down") {
  struct begin_with {
    shelf_ref whom;
  };
  struct hearer : actor<add, begin_with> {
    explicit hearer(news<int> done) : done_(std::move(done)) {}
    void on(begin_with m) { monitor(m.whom); }
    void on(add m) { last_ = m.number; }
    void on(const down&) { done_.tell(last_); }
    news<int> done_;
    int last_ = 0;
  };
  caf_side theirs;
  actor_system ours({.workers = 2});
  for (int round = 0; round < 100; ++round) {
    const news<int> done;
    const auto here = ours.spawn<hearer>(done);
    const caf::actor door = as_caf(*theirs, actor_ref<add>(here));
    const caf::actor talker = start(*theirs, [door](caf::event_based_actor* self) -> caf::behavior {
      return {[=](const sum&) {
        for (int i = 1; i <= 10; ++i) self->send(door, add{i});
        self->quit();
        return 0L;
      }};
    });
    const auto ref = from_caf<add, list, sum, fail, plain, copy_of, wait_for>(ours, talker);
    here.tell(begin_with{ref});
    ref.tell(sum{});
    CHECK(done.wait() == 10);
    here.stop();
  }
}

TEST_CASE(
    "from_caf: a deadline that passes frees the place of its ask; more than asks_max are refused") {
  stage s;
  const auto ref = s.ref({.asks_max = 1});
  const auto until_free = [&] {  // the asker's clock may ring before the emissary's
    eventually([&] {
      auto asked = troupe::testing::begin(s.ours, ref.ask(sum{}));
      return !troupe::testing::finish(asked).has_error();
    });
  };
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_AS(ref.ask(wait_for{}, 5ms).get(), timeout_error);
    until_free();
  }
  std::stop_source stop;
  auto given_up = [](shelf_ref there, std::stop_token token) -> task<errc> {
    for (;;) {  // the questions below may have the only place
      auto pending = there.ask(wait_for{}, token).result();
      const auto got = co_await pending;
      if (!got.has_error()) co_return errc::misuse;
      if (got.error().code != errc::mailbox_full) co_return got.error().code;
    }
  };
  auto running =
      std::async(std::launch::async, [&] { return s.ours.run(given_up(ref, stop.get_token())); });
  auto second = std::optional<errc>{};
  eventually([&] {  // until the one above is under way
    auto asked = troupe::testing::begin(s.ours, ref.ask(sum{}));
    const auto got = troupe::testing::finish(asked);
    if (got.has_error()) second = got.error().code;
    return second.has_value();
  });
  CHECK(*second == errc::mailbox_full);
  stop.request_stop();
  CHECK(running.get() == errc::cancelled);
  until_free();
  // Late responses find nobody.
  caf::anon_send(s.there, caf::ok_atom{});
  CHECK(ref.ask(sum{}).get() == 0);
}

TEST_CASE("from_caf: kill and stop mean the CAF actor") {
  {
    stage s;
    const auto ref = s.ref();
    ref.kill();
    CHECK(s.caf_end() == caf::exit_reason::kill);
  }
  {
    std::atomic<int> handled{0};
    stage s;
    const caf::actor counter = start(*s.theirs, [&](caf::event_based_actor*) -> caf::behavior {
      return {[&](const add&) { ++handled; }};
    });
    s.there = counter;
    const auto to_counter = from_caf<add>(s.ours, counter);
    for (int i = 0; i < 1000; ++i) to_counter.tell(add{i});
    to_counter.stop();
    CHECK(s.caf_end() == caf::exit_reason::user_shutdown);
    CHECK(handled == 1000);
  }
}

TEST_CASE("from_caf: the end of our system leaves the CAF actor alone, and ends what was asked") {
  caf_side theirs;
  caf::actor there = theirs.system.spawn(&keep, 0);
  {
    actor_system ours({.workers = 2});
    const auto ref = from_caf<add, sum, wait_for>(ours, there);
    ref.tell(add{3});
    struct question_of : actor<sum> {
      explicit question_of(actor_ref<wait_for> whom) : whom_(whom) {}
      task<long> on(sum) {
        co_await whom_.ask(wait_for{});
        co_return 1;
      }
      actor_ref<wait_for> whom_;
    };
    const auto one = ours.spawn<question_of>(ref);
    one.tell(sum{});
    CHECK(ref.ask(sum{}).get() == 3);
    CHECK(ours.shutdown());
  }
  caf::anon_send(there, caf::ok_atom{});  // answers what nobody waits for any more
  caf::scoped_actor self{*theirs};
  self->request(there, 30s, sum{})
      .receive([](long all) { CHECK(all == 3); }, [](const caf::error&) { FAIL("an error"); });
}

TEST_CASE("from_caf: CAF's system may end with a ref at hand") {
  actor_system ours({.workers = 2});
  actor_ref<add, sum> ref;
  {
    caf_side theirs;
    caf::actor there = theirs.system.spawn(&keep, 0);
    ref = from_caf<add, sum>(ours, there);
    CHECK(ref.ask(sum{}).get() == 0);
    auto end =
        end_of(ours, ref);  // asked for before it may come: of who has gone only that is known
    caf::anon_send_exit(there, caf::exit_reason::user_shutdown);
    const exit_reason why = end.wait();
    CHECK(why.what == exit_reason::cause::error);
    CHECK(why.text.find("user_shutdown") != std::string::npos);
    eventually([&] { return ours.live_actors() == 0; });
  }
  ref.tell(add{1});
  CHECK_THROWS_AS(ref.ask(sum{}).get(), actor_down);
}

TEST_CASE("from_caf: an empty handle is refused by name") {
  actor_system ours({.workers = 1});
  CHECK_THROWS_WITH_AS((void)from_caf<add>(ours, caf::actor{}),
                       "from_caf: the CAF actor handle is empty", std::invalid_argument);
}
