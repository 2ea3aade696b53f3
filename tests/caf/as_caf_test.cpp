// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/caf.hpp>
#include <troupe/simulation.hpp>

#include "caf_stage.hpp"
#include "eventually.hpp"

using namespace troupe;
using namespace neighbours;
using namespace std::chrono_literals;

namespace {

class ledger : public actor<add, list, sum, fail, plain, copy_of, wait_for> {
 public:
  void on(add m) { numbers_.push_back(m.number); }
  std::vector<int> on(list) const { return numbers_; }
  long on(sum) const {
    long all = 0;
    for (const int n : numbers_) all += n;
    return all;
  }
  void on(const fail& m) { throw std::runtime_error(m.text); }
  void on(const plain& m) { numbers_.push_back(m.number); }
  plain on(copy_of m) const { return {m.number, "a copy"}; }
  promise<int> on(wait_for) {
    waiting_.push_back(make_promise<int>());
    return waiting_.back();
  }

 private:
  std::vector<int> numbers_;
  std::vector<promise<int>> waiting_;
};

constexpr auto patience = std::chrono::seconds{30};

/// What a CAF actor gets for a request, in words.
template <class Reply, class... Content>
std::string got(caf::scoped_actor& self, const caf::actor& door, Content&&... content) {
  std::string words = "nothing";
  self->request(door, patience, std::forward<Content>(content)...)
      .receive([&](const Reply&) { words = "a reply"; },
               [&](const caf::error& e) { words = caf_dialect::render(self->system(), e); });
  return words;
}

caf::error caf_end_of(caf::scoped_actor& self, const caf::actor& door) {
  caf::error why = caf::sec::runtime_error;
  self->monitor(door);
  self->receive([&](const caf::down_msg& d) {
    CHECK(d.source == door.address());
    why = d.reason;
  });
  return why;
}

}  // namespace

TEST_CASE("as_caf: what a CAF actor sends comes in order, a request comes back with the reply") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  const auto book = ours.spawn<ledger>();
  const caf::actor door = as_caf(*theirs, book);
  caf::scoped_actor self{*theirs};
  for (int round = 1; round <= 50; ++round) {
    self->send(door, add{round});
    self->send(door, caf_message(plain{-round, "text"}));
    self->request(door, patience, list{})
        .receive(
            [&](const std::vector<int>& all) {
              REQUIRE(all.size() == 2U * round);
              CHECK(all.back() == -round);
              CHECK(all[all.size() - 2] == round);
            },
            [&](const caf::error& e) { FAIL(caf_dialect::render(theirs.system, e)); });
  }
  self->request(door, patience, sum{})
      .receive([](long all) { CHECK(all == 0); }, [](const caf::error&) { FAIL("an error"); });
  // A reply of a type that CAF knows nothing of.
  self->request(door, patience, copy_of{7})
      .receive([](const plain& p) { CHECK((p.number == 7 && p.text == "a copy")); },
               [](const caf::error&) { FAIL("an error"); });
  // A message without a reply can be asked, too: it has been handled then.
  bool handled = false;
  self->request(door, patience, add{5})
      .receive([&] { handled = true; }, [](const caf::error&) { FAIL("an error"); });
  CHECK(handled);
}

TEST_CASE("as_caf: an event-based actor asks, and one delegates to ours") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  const auto book = ours.spawn<ledger>();
  const caf::actor door = as_caf(*theirs, book);
  const caf::actor middle = start(*theirs, [door](caf::event_based_actor* self) {
    return caf::behavior{[=](const sum& q) { return self->delegate(door, q); }};
  });
  const news<long> asked;
  start(*theirs, [=](caf::event_based_actor* self) {
    self->send(door, add{30});
    self->send(door, add{12});
    self->request(middle, patience, sum{})
        .then([asked](long all) { asked.tell(all); },
              [asked](const caf::error&) { asked.tell(-1L); });
  });
  // In order per sender: what comes by way of `middle` may be earlier than the sends; then it is not 42.
  const long first = asked.wait();
  CHECK((first == 0 || first == 30 || first == 42));
  caf::scoped_actor self{*theirs};
  CHECK(got<long>(self, middle, sum{}) == "a reply");
}

TEST_CASE("as_caf: a handler that throws answers with its text, and ends both") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  const caf::actor door = as_caf(*theirs, ours.spawn<ledger>());
  caf::scoped_actor self{*theirs};
  const std::string words = got<caf::unit_t>(self, door, fail{"out of ink"});
  CHECK(words.find("runtime_error") != std::string::npos);
  CHECK(words.find("out of ink") != std::string::npos);
  const caf::error why = caf_end_of(self, door);
  CHECK(caf_dialect::is_unhandled_exception(why));
  CHECK(caf_dialect::render(theirs.system, why).find("out of ink") != std::string::npos);
  CHECK(got<long>(self, door, sum{}).find("request_receiver_down") != std::string::npos);
}

TEST_CASE("as_caf: each way in which our actor ends has its reason") {
  caf_side theirs;
  auto ours = std::make_unique<actor_system>(system_options{.workers = 2});
  caf::scoped_actor self{*theirs};
  const auto stopped = ours->spawn<ledger>();
  const auto killed = ours->spawn<ledger>();
  const auto gone = ours->spawn<ledger>();
  const auto shut = ours->spawn<ledger>();
  const caf::actor door = as_caf(*theirs, stopped);
  stopped.stop();
  CHECK(caf_end_of(self, door) == caf::exit_reason::normal);
  const caf::actor other = as_caf(*theirs, killed);
  killed.kill();
  CHECK(caf_end_of(self, other) == caf::exit_reason::kill);
  gone.kill();
  ours->run([](actor_ref<> whom) -> task<void> { co_await ended(whom); }(gone));
  CHECK(caf_end_of(self, as_caf(*theirs, gone)) == caf::exit_reason::unknown);
  const caf::actor last = as_caf(*theirs, shut);
  self->monitor(last);
  ours.reset();
  self->receive([](const caf::down_msg& d) { CHECK(d.reason == caf::exit_reason::normal); });
  // It is a dead CAF actor now, with our system gone.
  CHECK(got<long>(self, last, sum{}).find("request_receiver_down") != std::string::npos);
  self->send(last, add{1});
}

TEST_CASE("as_caf: the last response comes before the news of the end") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  for (int round = 0; round < 50; ++round) {
    const auto book = ours.spawn<ledger>();
    const caf::actor door = as_caf(*theirs, book);
    const news<int> counted;
    // Kept, since neither a monitor nor a door keeps it alive.
    const caf::actor hearer = start(*theirs, [=](caf::event_based_actor* self) -> caf::behavior {
      const auto answers = std::make_shared<int>(0);
      self->set_down_handler([=](const caf::down_msg&) {
        counted.tell(*answers);
        self->quit();
      });
      self->monitor(door);
      for (int i = 0; i < 20; ++i) {
        const auto count = [answers] { ++*answers; };
        if (i % 2 == 0) {
          self->request(door, caf::infinite, wait_for{})
              .then([=](int) { count(); }, [=](const caf::error&) { count(); });
        } else {
          self->request(door, caf::infinite, sum{})
              .then([=](long) { count(); }, [=](const caf::error&) { count(); });
        }
      }
      if (round % 2 == 0) {
        caf::anon_send_exit(door, caf::exit_reason::kill);
      } else {
        self->send(door, fail{"on purpose"});
      }
      return {[](int) {}};  // so that it stays
    });
    CHECK(counted.wait() == 20);
  }
}

TEST_CASE("as_caf: the end of our system answers what is open") {
  caf_side theirs;
  const news<std::pair<int, int>> counted;
  {
    actor_system ours({.workers = 2, .shutdown_timeout = 20s});
    const auto book = ours.spawn<ledger>();
    const caf::actor door = as_caf(*theirs, book);
    caf::scoped_actor(*theirs)->send(door, add{1});
    const news<void> asked;
    start(*theirs, [=](caf::event_based_actor* self) -> caf::behavior {
      const auto errors = std::make_shared<int>(0);
      const auto replies = std::make_shared<int>(0);
      const auto look = [=] {
        if (*errors + *replies != 100) return;
        counted.tell(std::pair(*replies, *errors));
        self->quit();
      };
      for (int i = 0; i < 100; ++i) {
        const auto failed = [=](const caf::error&) {
          ++*errors;
          look();
        };
        if (i < 50) {
          self->request(door, caf::infinite, wait_for{}).then([](int) {}, failed);
        } else {
          self->request(door, caf::infinite, sum{})
              .then(
                  [=](long) {
                    ++*replies;
                    look();
                  },
                  failed);
        }
      }
      asked.tell();
      return {[](int) {}};
    });
    asked.wait();
  }
  const auto [replies, errors] = counted.wait();
  CHECK(replies == 50);  // what was in the mailbox before the stop has been handled
  CHECK(errors == 50);
}

TEST_CASE("as_caf: who asked may be gone when the answer comes, and CAF's system, too") {
  actor_system ours({.workers = 2});
  const auto book = ours.spawn<ledger>();
  {
    caf_side theirs;
    const caf::actor door = as_caf(*theirs, book);
    for (int i = 0; i < 20; ++i) {
      start(*theirs, [door](caf::event_based_actor* self) {
        self->request(door, caf::infinite, wait_for{}).then([](int) {});
        self->quit();
      });
    }
    theirs.system.await_all_actors_done();
    caf::scoped_actor self{*theirs};
    CHECK(got<long>(self, door, sum{}) == "a reply");
  }
  CHECK(book.ask(sum{}).get() == 0);
  book.kill();
}

TEST_CASE("as_caf: exit messages and links end our actor") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  caf::scoped_actor self{*theirs};
  const auto killed = ours.spawn<ledger>();
  const auto stopped = ours.spawn<ledger>();
  const auto linked = ours.spawn<ledger>();
  const auto left = ours.spawn<ledger>();
  const caf::actor kill_door = as_caf(*theirs, killed);
  const caf::actor stop_door = as_caf(*theirs, stopped);
  const caf::actor link_door = as_caf(*theirs, linked);
  const caf::actor left_door = as_caf(*theirs, left);
  auto end_of_killed = neighbours::end_of(ours, killed);
  auto end_of_stopped = neighbours::end_of(ours, stopped);
  auto end_of_linked = neighbours::end_of(ours, linked);
  self->send_exit(kill_door, caf::exit_reason::kill);
  CHECK(end_of_killed.wait().what == exit_reason::cause::killed);
  self->send_exit(stop_door, caf::exit_reason::user_shutdown);
  CHECK(end_of_stopped.wait().is_normal());
  start(*theirs, [=](caf::event_based_actor* one) {
    one->link_to(link_door);
    one->link_to(left_door);
    one->unlink_from(left_door);
    one->quit(caf::exit_reason::out_of_workers);
  });
  CHECK(end_of_linked.wait().is_normal());
  CHECK(left.ask(sum{}).get() == 0);
  // And the other way round: our end reaches who is linked.
  const news<void> linked_up;
  const caf::actor partner = start(*theirs, [=](caf::event_based_actor* one) -> caf::behavior {
    one->link_to(left_door);
    linked_up.tell();
    return {[](int) {}};
  });
  linked_up.wait();
  left.kill();
  CHECK(caf_end_of(self, partner) == caf::exit_reason::kill);
}

TEST_CASE(
    "as_caf: at the bound a send is a dead letter, a request is refused or waits, as the bound "
    "says") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  caf::scoped_actor self{*theirs};
  struct held : actor<add, sum> {
    held(news<void> begun, std::shared_future<void> go)
        : begun_(std::move(begun)), go_(std::move(go)) {}
    void on(add m) {
      if (m.number == 0) {
        begun_.tell();
        go_.wait();
      } else {
        sum_ += m.number;
      }
    }
    long on(sum) const { return sum_; }
    news<void> begun_;
    std::shared_future<void> go_;
    long sum_ = 0;
  };
  for (const overflow at_bound : {overflow::refuse, overflow::suspend}) {
    const news<void> begun;
    std::promise<void> go;
    const auto full =
        ours.spawn<held>(spawn_options{.bounds = mailbox_bounds{2, at_bound}, .own_thread = true},
                         begun, go.get_future().share());
    const caf::actor door = as_caf(*theirs, full);
    self->send(door, add{0});
    begun.wait();
    const std::uint64_t before = ours.dead_letters();
    for (int i = 0; i < 5; ++i) self->send(door, add{1});
    CHECK(ours.dead_letters() == before + 3);
    if (at_bound == overflow::refuse) {
      CHECK(got<long>(self, door, sum{}).find("unavailable_or_would_block") != std::string::npos);
      go.set_value();
    } else {
      auto asked = self->request(door, patience, sum{});
      go.set_value();
      asked.receive([](long all) { CHECK(all == 2); }, [](const caf::error&) { FAIL("an error"); });
    }
  }
}

TEST_CASE("as_caf: what our actor does not accept is answered so, or is a dead letter") {
  std::string lost;
  caf_side theirs;
  actor_system ours({.workers = 2});
  ours.on_dead_letter([&](const dead_letter_report& report) { lost = report.message; });
  const caf::actor door = as_caf(*theirs, actor_ref<add>(ours.spawn<ledger>()));
  caf::scoped_actor self{*theirs};
  CHECK(got<long>(self, door, sum{}).find("unexpected_message") != std::string::npos);
  const std::string two = got<long>(self, door, add{1}, add{2});
  CHECK(two.find("unexpected_message") != std::string::npos);
  CHECK(two.find("neighbours::add, neighbours::add") != std::string::npos);
  self->send(door, std::string("hello"), sum{});
  CHECK(lost == std::string(caf_dialect::name_of_string) + ", neighbours::sum");
}

TEST_CASE("as_caf: a message that two actors hold is copied, one that is ours alone is not") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  struct taker : actor<counted, sum> {
    void on(const counted&) { ++taken_; }
    long on(sum) const { return taken_; }
    long taken_ = 0;
  };
  const caf::actor door = as_caf(*theirs, ours.spawn<taker>());
  caf::scoped_actor self{*theirs};
  self->send(door, caf_message(counted{}));
  CHECK(copies == 0);
  const caf::message kept = caf_message(counted{});
  self->send(door, kept);
  CHECK(copies == 1);
  self->request(door, patience, sum{})
      .receive([](long all) { CHECK(all == 2); }, [](const caf::error&) { FAIL("an error"); });
}

TEST_CASE("as_caf: its helpers go with the last handle") {
  caf_side theirs;
  actor_system ours({.workers = 2});
  const auto book = ours.spawn<ledger>();
  caf::actor door = as_caf(*theirs, book);
  CHECK(ours.live_actors() == 2);
  door = nullptr;
  eventually([&] { return ours.live_actors() == 1; });
  CHECK(book.ask(sum{}).get() == 0);
}

TEST_CASE("as_caf: nobody, and a simulation, have no door") {
  caf_side theirs;
  CHECK_THROWS_AS((void)as_caf(*theirs, actor_ref<add>{}), std::invalid_argument);
  simulation sim(1);
  const auto one = sim.system().spawn<ledger>();
  CHECK_THROWS_AS((void)as_caf(*theirs, one), misuse_error);
  CHECK_THROWS_AS((void)from_caf<add>(sim.system(), start(*theirs, [](caf::event_based_actor*) {})),
                  misuse_error);
}
