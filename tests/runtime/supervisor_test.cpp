// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "supervised.hpp"
#include "within.hpp"

namespace supervisor_test {

using namespace supervised;

TEST_CASE("supervisor: each restart kind against each way of ending") {
  deadline watch("supervisor kinds");
  enum class end { error, normal, stopped, killed };
  struct row {
    restart_kind kind;
    end how;
    bool again;
  };
  using enum restart_kind;
  for (const row& r : {row{permanent, end::error, true}, row{permanent, end::normal, true},
                       row{permanent, end::stopped, true}, row{permanent, end::killed, true},
                       row{transient, end::error, true}, row{transient, end::normal, false},
                       row{transient, end::stopped, false}, row{transient, end::killed, true},
                       row{temporary, end::error, false}, row{temporary, end::normal, false},
                       row{temporary, end::stopped, false}, row{temporary, end::killed, false}}) {
    CAPTURE(static_cast<int>(r.kind));
    CAPTURE(static_cast<int>(r.how));
    auto j = std::make_shared<journal>();
    actor_system system({.workers = 2});
    auto spec = worker_child(j, "w");
    spec.restart = r.kind;
    supervisor_ref top = system.spawn<supervisor>(often, spec);
    const worker_ref w = child_named(system, top, "w");
    auto heard = system.spawn<listener>(std::vector<actor_ref<>>{w});
    heard.ask(news{}).get();
    switch (r.how) {
      case end::error: w.tell(fail{"broke"}); break;
      case end::normal: w.tell(finish{}); break;
      case end::stopped: w.stop(); break;
      case end::killed: w.kill(); break;
    }
    if (r.again) {
      eventually([&] { return j->count("+w") == 2; });
      CHECK(w.ask(total{}).get() == 0);
      CHECK(restarts_of(top, "w") == 1);
      CHECK(child_named(system, top, "w") == w);
      CHECK(heard.ask(news{}).get().empty());  // it is not gone
    } else {
      eventually([&] { return names_of(top).empty(); });
      CHECK(j->count("+w") == 1);
      std::vector<std::string> reasons;
      eventually([&] { return !(reasons = heard.ask(news{}).get()).empty(); });
      CHECK(reasons.size() == 1);
    }
  }
}

TEST_CASE("supervisor: the ref stays good, and the mail that waited comes to the next body") {
  deadline watch("supervisor mail");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often, worker_child(j, "w"));
  const worker_ref w = child_named(system, top, "w");
  std::promise<void> entered, go;
  w.tell(add{1000});
  w.tell(hold{&entered, go.get_future().share()});
  within(entered.get_future());
  w.tell(fail{"broke"});
  for (int i = 1; i <= 100; ++i) w.tell(add{i});
  go.set_value();
  CHECK(w.ask(total{}).get() == 5050);  // what the old body had summed up went with it
  CHECK(system.dead_letters() == 0);
}

TEST_CASE("supervisor: mail waits while a child rests, and asks sent then are answered") {
  deadline watch("supervisor backoff");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{.restarts_max = 1000, .backoff = {.initial = 100ms, .max = 100ms}},
      worker_child(j, "w"));
  const worker_ref w = child_named(system, top, "w");
  const auto start = std::chrono::steady_clock::now();
  w.tell(fail{"broke"});
  w.tell(add{7});
  CHECK(w.ask(total{}).get() == 7);
  CHECK(std::chrono::steady_clock::now() - start >= 100ms);
}

namespace {
/// Its second body is not made before the test says so.
class gated : public actor<fail, add, at_once, total> {
 public:
  explicit gated(std::shared_ptr<std::atomic<int>> made, std::shared_future<void> go) {
    if ((*made)++ == 1) go.wait();
  }
  void on(const fail& m) { throw std::runtime_error(m.text); }
  void on(add m) { sum_ += m.n; }
  void on(at_once) { sum_ += sum_ < 3 ? 1000 : 0; }
  int on(total) const { return sum_; }

 private:
  int sum_ = 0;
};
}  // namespace

TEST_CASE("supervisor: the mailbox of a child between two bodies has its bound, and urgent mail") {
  deadline watch("supervisor bounds");
  std::promise<void> go;
  auto made = std::make_shared<std::atomic<int>>(0);
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      often, child<gated>("g", made, go.get_future().share())
                 .bounded({.messages = 3, .at_bound = overflow::drop_newest}));
  const auto g =
      actor_ref<fail, add, at_once, total>::at(top.ask(which_children{}).get()[0].ref.where());
  g.tell(fail{"broke"});
  eventually([&] { return *made == 2; });
  for (int i = 0; i < 5; ++i) g.tell(add{1});
  g.tell(at_once{});  // comes beside the mailbox, and overtakes
  CHECK(system.dead_letters() == 2);
  go.set_value();
  eventually([&] { return all_run(top); });
  CHECK(g.ask(total{}).get() == 1003);
}

TEST_CASE("supervisor: an ask that is being handled fails once; one that waits is answered") {
  deadline watch("supervisor asks");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(often, worker_child(j, "w"));
  const worker_ref w = child_named(system, top, "w");
  for (int i = 0; i < 20; ++i) {
    auto outcomes = system.run([](worker_ref w) -> task<std::vector<errc>> {
      std::vector<errc> codes;
      auto thrown = co_await w.ask(fail{"broke"}).result();
      codes.push_back(thrown ? errc{} : thrown.error().code);
      auto after = co_await w.ask(total{}).result();
      codes.push_back(after ? errc{} : after.error().code);
      co_return codes;
    }(w));
    CHECK(outcomes == std::vector<errc>{errc::handler_failed, errc{}});
  }
  // One that waits in its handler ends with the body; one behind it in the mailbox does not.
  auto waits = std::async(std::launch::async, [&] {
    try {
      (void)w.ask(slow{}).get();
      return std::string("answered");
    } catch (const actor_down&) {
      return std::string("down");
    }
  });
  auto behind = std::async(std::launch::async, [&] { return w.ask(total{}).get(); });
  while (waits.wait_for(1ms) != std::future_status::ready) w.kill();
  CHECK(within(std::move(waits)) == "down");
  CHECK(within(std::move(behind)) == 0);
}

TEST_CASE("supervisor: gives up when there are too many failures, and says which child and why") {
  deadline watch("supervisor intensity");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(supervisor_options{.restarts_max = 3, .within = 1h},
                                                worker_child(j, "a"), worker_child(j, "teller"));
  const worker_ref w = child_named(system, top, "teller");
  auto heard = system.spawn<listener>(std::vector<actor_ref<>>{top});
  auto heard_child = system.spawn<listener>(std::vector<actor_ref<>>{w});
  heard.ask(news{}).get();
  heard_child.ask(news{}).get();
  for (int i = 1; i <= 3; ++i) {
    w.tell(fail{"broke"});
    CHECK(w.ask(total{}).get() == 0);
  }
  w.tell(fail{"the last straw"});
  std::vector<std::string> why;
  eventually([&] { return !(why = heard.ask(news{}).get()).empty(); });
  CHECK(why.size() == 1);
  CHECK(why[0].find("child 'teller'") != std::string::npos);
  CHECK(why[0].find("the last straw") != std::string::npos);
  CHECK(why[0].find("3 restart(s) in 3600 s") != std::string::npos);
  eventually([&] { return !(why = heard_child.ask(news{}).get()).empty(); });
  CHECK(why.size() == 1);
  CHECK(why[0].find("the last straw") != std::string::npos);
  CHECK_THROWS_AS(w.ask(total{}).get(), actor_down);
  CHECK(j->lines().back() == "-a");
}

TEST_CASE("supervisor: failures that lie further back than the period do not count") {
  deadline watch("supervisor period");
  auto j = std::make_shared<journal>();
  actor_system system({.workers = 2});
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{
          .restarts_max = 1, .within = 1ms, .backoff = {.initial = 2ms, .factor = 1}},
      worker_child(j, "w"));
  const worker_ref w = child_named(system, top, "w");
  for (int i = 0; i < 10; ++i) {
    w.tell(fail{"broke"});
    CHECK(w.ask(total{}).get() == 0);
  }
  CHECK(restarts_of(top, "w") == 10);
}

TEST_CASE("supervisor: a restart that fails again and again is a failure each time") {
  deadline watch("supervisor brittle");
  actor_system system({.workers = 2});
  auto made = std::make_shared<std::atomic<int>>(0);
  supervisor_ref top = system.spawn<supervisor>(supervisor_options{.restarts_max = 5, .within = 1h},
                                                child<brittle>("b", made));
  auto heard = system.spawn<listener>(std::vector<actor_ref<>>{top});
  heard.ask(news{}).get();
  const auto b = top.ask(which_children{}).get()[0].ref;
  actor_ref<fail>::at(b.where()).tell(fail{"broke"});
  std::vector<std::string> why;
  eventually([&] { return !(why = heard.ask(news{}).get()).empty(); });
  CHECK(*made == 6);
  CHECK(why[0].find("brittle") != std::string::npos);

  *made = 0;
  supervisor_ref other = system.spawn<supervisor>(
      supervisor_options{.restarts_max = 5, .within = 1h}, child<brittle>("b", made, 4));
  const auto c = actor_ref<fail, total>::at(other.ask(which_children{}).get()[0].ref.where());
  c.tell(fail{"broke"});
  CHECK(c.ask(total{}).get() == 1);
  CHECK(restarts_of(other, "b") == 4);
}

TEST_CASE("supervisor: the rest grows from failure to failure, up to its limit") {
  deadline watch("supervisor growing");
  actor_system system({.workers = 2});
  auto made = std::make_shared<std::atomic<int>>(0);
  supervisor_ref top = system.spawn<supervisor>(
      supervisor_options{
          .restarts_max = 100, .within = 1h, .backoff = {.initial = 5ms, .factor = 3, .max = 40ms}},
      child<brittle>("b", made, 5));
  const auto b = actor_ref<fail, total>::at(top.ask(which_children{}).get()[0].ref.where());
  const auto start = std::chrono::steady_clock::now();
  b.tell(fail{"broke"});
  CHECK(b.ask(total{}).get() == 1);
  CHECK(std::chrono::steady_clock::now() - start >= 5ms + 15ms + 40ms + 40ms + 40ms);
}

}  // namespace supervisor_test
