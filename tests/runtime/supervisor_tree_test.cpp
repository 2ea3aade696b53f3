// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "supervised.hpp"

namespace supervisor_tree_test {

using namespace supervised;

namespace {
struct parent_query {
  using reply = worker_ref;
};
/// Owns a worker, which it makes in its constructor and links to.
class parent : public actor<fail, parent_query> {
 public:
  explicit parent(journal_ptr j) : child_(spawn<worker>(std::move(j), "below")) {}
  void on(const fail& m) { throw std::runtime_error(m.text); }
  worker_ref on(parent_query) const { return child_; }

 private:
  worker_ref child_;
};
class tied : public actor<total> {
 public:
  explicit tied(actor_ref<> to) { link(to); }
  int on(total) const { return 1; }
};
}  // namespace

TEST_CASE(
    "supervisor: what the old body owned and was linked to ends with it, before the new one") {
  deadline watch("supervisor settles");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often, child<parent>("p", j));
  const auto p = actor_ref<fail, parent_query>::at(top.ask(which_children{}).get()[0].ref.where());
  const worker_ref below = p.ask(parent_query{}).get();
  auto friend_of_p = system.spawn<tied>(p);
  CHECK(friend_of_p.ask(total{}).get() == 1);
  p.tell(fail{"broke"});
  const worker_ref below_now = p.ask(parent_query{}).get();
  CHECK(below_now != below);
  CHECK(j->lines() == std::vector<std::string>{"+below", "-below", "+below"});
  CHECK_THROWS_AS(below.ask(total{}).get(), actor_down);
  system.run(end_of(friend_of_p));
  CHECK(p.ask(parent_query{}).get() == below_now);
}

TEST_CASE("supervisor: the name of a child stays through a restart, and goes with the child") {
  deadline watch("supervisor names");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often, worker_child(j, "teller").named());
  const auto teller = system.find<fail, total>("teller");
  REQUIRE(teller.has_value());
  teller->tell(fail{"broke"});
  CHECK(teller->ask(total{}).get() == 0);
  CHECK(*system.find<total>("teller") == *teller);
  CHECK_THROWS_AS(system.spawn<supervisor>(supervisor_options{}, worker_child(j, "teller").named()),
                  name_error);
  CHECK(top.ask(stop_child{"teller"}).get());
  CHECK(system.find<>("teller").error().code == errc::name_unknown);
  CHECK_NOTHROW(top.ask(start_child{worker_child(j, "teller").named()}).get());
}

namespace {
behavior counts(mailbox<add, total, finish, fail> mail, journal_ptr j, int start) {
  j->add("begin");
  int sum = start;
  for (;;) {
    auto m = co_await mail.receive<add, question<total>, finish, fail>();
    if (auto* a = std::get_if<add>(&m)) sum += a->n;
    if (auto* q = std::get_if<question<total>>(&m)) q->answer.set_value(sum);
    if (std::holds_alternative<finish>(m)) co_return;
    if (auto* f = std::get_if<fail>(&m)) throw std::runtime_error(f->text);
  }
}
/// Lets everything pass by but `finish`, and then ends, with the rest put aside.
behavior picky(mailbox<add, finish> mail, std::shared_ptr<std::atomic<int>> lives,
               std::shared_ptr<std::atomic<int>> sum) {
  if ((*lives)++ == 0) {
    co_await mail.receive<finish>();
    co_return;
  }
  for (;;) *sum += (co_await mail.receive<add>()).n;
}
}  // namespace

TEST_CASE("supervisor: a function is restarted like a class") {
  deadline watch("supervisor function");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often, child<&counts>("f", j, 10));
  const auto f =
      actor_ref<add, total, finish, fail>::at(top.ask(which_children{}).get()[0].ref.where());
  f.tell(add{1});
  CHECK(f.ask(total{}).get() == 11);
  f.tell(fail{"broke"});
  f.tell(add{2});
  CHECK(f.ask(total{}).get() == 12);
  f.tell(finish{});
  f.tell(add{3});
  CHECK(f.ask(total{}).get() == 13);
  CHECK(j->count("begin") == 3);
}

TEST_CASE("supervisor: mail that a selective receive has put aside waits for the next body, too") {
  deadline watch("supervisor stash");
  actor_system system({.workers = 2});
  auto lives = std::make_shared<std::atomic<int>>(0);
  auto sum = std::make_shared<std::atomic<int>>(0);
  supervisor_ref top = system.spawn<supervisor>(often, child<&picky>("p", lives, sum));
  const auto p = actor_ref<add, finish>::at(top.ask(which_children{}).get()[0].ref.where());
  for (int i = 1; i <= 10; ++i) p.tell(add{i});
  p.tell(finish{});
  p.tell(add{100});
  eventually([&] { return *sum == 155; });
}

TEST_CASE("supervisor: a supervisor is a child, and what it gives up its own supervisor decides") {
  deadline watch("supervisor nested");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{.restarts_max = 2, .within = 1h},
      child<supervisor>("sub", supervisor_options{.restarts_max = 1, .within = 1h},
                        worker_child(j, "w").named(), worker_child(j, "v")));
  auto heard = system.spawn<listener>(std::vector<actor_ref<>>{top});
  heard.ask(news{}).get();
  const auto fails = [&] {
    eventually([&] {
      const auto w = system.find<fail>("w");
      if (!w) return false;
      w->tell(fail{"broke"});
      return true;
    });
  };
  fails();  // restarted by sub
  eventually([&] { return j->count("+w") == 2; });
  fails();  // sub ends and is restarted with all it has
  eventually([&] { return j->count("+w") == 3 && j->count("+v") == 2; });
  eventually([&] { return restarts_of(top, "sub") == 1; });
  fails();
  eventually([&] { return j->count("+w") == 4; });
  fails();
  eventually([&] { return j->count("+w") == 5; });
  fails();
  eventually([&] { return j->count("+w") == 6; });
  CHECK(heard.ask(news{}).get().empty());
  fails();
  std::vector<std::string> why;
  eventually([&] { return !(why = heard.ask(news{}).get()).empty(); });
  CHECK(why[0].find("child 'sub'") != std::string::npos);
  CHECK(why[0].find("child 'w'") != std::string::npos);
  CHECK(why[0].find("broke") != std::string::npos);
  eventually([&] { return j->count("-w") == 6 && j->count("-v") == 3; });
}

TEST_CASE("supervisor: options that cannot work are refused by name") {
  actor_system system({.workers = 1});
  CHECK_THROWS_WITH_AS(system.spawn<supervisor>(supervisor_options{.within = 0ns}),
                       "supervisor_options.within must be positive", std::invalid_argument);
  CHECK_THROWS_AS(
      system.spawn<supervisor>(supervisor_options{.backoff = {.initial = 1s, .factor = 0.5}}),
      std::invalid_argument);
  CHECK_THROWS_AS(
      system.spawn<supervisor>(supervisor_options{.backoff = {.initial = 1s, .max = 1ms}}),
      std::invalid_argument);
  CHECK_THROWS_AS(system.spawn<supervisor>(supervisor_options{},
                                           child<worker>("x", journal_ptr{}, "x").stop_in(-1s)),
                  std::invalid_argument);
}

TEST_CASE("supervisor: under fire from many threads every ask ends once, and the sums add up") {
  deadline watch("supervisor stress");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 4});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{.strategy = one_for_all, .restarts_max = 1'000'000}, worker_child(j, "a"),
      worker_child(j, "b"), worker_child(j, "c"));
  std::atomic<int> answered{0}, failed{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    const worker_ref w = child_named(system, top, std::string(1, static_cast<char>('a' + t)));
    threads.emplace_back([&, w] {
      for (int i = 0; i < 300; ++i) {
        if (i % 10 == 3) w.tell(fail{"broke"});
        if (i % 50 == 7) w.kill();
        if (i % 30 == 9) w.stop();
        try {
          (void)w.ask(total{}).get();
          ++answered;
        } catch (const actor_down&) {
          ++failed;
        }
      }
    });
  }
  threads.clear();
  CHECK(answered + failed == 900);
  eventually([&] { return all_run(top); });
  top.stop();
  system.run(end_of(top));
  eventually([&] { return system.live_actors() == 0; });
  CHECK(j->count("+a") == j->count("-a"));
  CHECK(system.dead_letters() == 0);
}

}  // namespace supervisor_tree_test
