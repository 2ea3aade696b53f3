// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/detail/names.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"

namespace registry_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct deposit {
  long cents = 0;
};
struct balance {
  using reply = long;
};
struct unrelated {};

class account : public actor<deposit, balance> {
 public:
  void on(deposit m) { cents_ += m.cents; }
  long on(balance) const { return cents_; }

 private:
  long cents_ = 0;
};

task<exit_reason> end_of(actor_ref<> whom) { co_return co_await ended(whom); }

}  // namespace

TEST_CASE("names: what was registered is found, as what it is or as less") {
  actor_system system({.workers = 1});
  auto teller = system.spawn<account>();
  REQUIRE(system.register_name("teller", teller).has_value());
  const auto whole = system.find<deposit, balance>("teller");
  REQUIRE(whole.has_value());
  CHECK(*whole == teller);
  const auto part = system.find<balance>("teller");
  REQUIRE(part.has_value());
  CHECK(part->ask(balance{}).get() == 0);
  CHECK(*system.find<>("teller") == teller);
}

TEST_CASE("names: the wrong type, an unknown name and a taken one say what is wrong") {
  actor_system system({.workers = 1});
  auto teller = system.spawn<account>();
  auto other = system.spawn<account>();
  REQUIRE(system.register_name("teller", teller).has_value());

  const auto wrong = system.find<balance, unrelated>("teller");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == errc::wrong_protocol);
  CHECK(wrong.error().text.find("'teller'") != std::string::npos);
  CHECK(
      wrong.error().text.find("does not accept registry_test::(anonymous namespace)::unrelated") !=
      std::string::npos);
  CHECK_THROWS_AS(wrong.value(), name_error);

  CHECK(system.find<balance>("cashier").error().code == errc::name_unknown);

  const auto taken = system.register_name("teller", other);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == errc::name_taken);
  CHECK(taken.error().text.find(to_string(teller)) != std::string::npos);
  CHECK(*system.find<>("teller") == teller);

  CHECK(system.register_name("", teller).error().code == errc::misuse);
  CHECK(system.register_name("x", actor_ref<balance>{}).error().code == errc::misuse);
  CHECK(system.register_name(std::string(256, 'x'), teller).error().code == errc::misuse);
}

TEST_CASE("names: found only as far as it was registered") {
  actor_system system({.workers = 1});
  auto teller = system.spawn<account>();
  REQUIRE(system.register_name("teller", actor_ref<balance>(teller)).has_value());
  CHECK(system.find<balance>("teller").has_value());
  CHECK(system.find<deposit>("teller").error().code == errc::wrong_protocol);
}

TEST_CASE("names: taken back, a name is free, and the others of the actor stay") {
  actor_system system({.workers = 1});
  auto teller = system.spawn<account>();
  auto other = system.spawn<account>();
  REQUIRE(system.register_name("a", teller).has_value());
  REQUIRE(system.register_name("b", teller).has_value());
  CHECK(system.unregister_name("a"));
  CHECK_FALSE(system.unregister_name("a"));
  CHECK(system.find<>("b").has_value());
  REQUIRE(system.register_name("a", other).has_value());
  teller.stop();
  system.run(end_of(teller));
  CHECK(system.find<>("b").error().code == errc::name_unknown);
  CHECK(*system.find<>("a") == other);
}

TEST_CASE("names: an actor that is gone gets none") {
  actor_system system({.workers = 1});
  auto teller = system.spawn<account>();
  teller.stop();
  system.run(end_of(teller));
  CHECK(system.register_name("teller", teller).error().code == errc::actor_down);
  auto next = system.spawn<account>();  // in the same cell
  CHECK(system.register_name("teller", teller).error().code == errc::actor_down);
  CHECK(system.register_name("teller", next).has_value());
}

namespace {
struct rounds {
  using reply = int;
};
/// Spawns an actor under a name, ends it, and takes the name again as soon as it hears of the end.
class heir : public actor<rounds> {
 public:
  heir(std::string name, int count) : name_(std::move(name)), left_(count) { next(); }
  void on(const down&) {
    free_when_heard_ += system().find<>(name_).has_value() ? 0 : 1;
    if (--left_ > 0) next();
  }
  int on(rounds) const { return left_ > 0 ? -1 : free_when_heard_; }

 private:
  void next() {
    auto held = system().spawn<account>();
    if (!system().register_name(name_, held)) return;
    monitor(held);
    held.stop();
  }
  std::string name_;
  int left_;
  int free_when_heard_ = 0;
};
}  // namespace

TEST_CASE("names: free before anybody hears of the end, whoever ends it where") {
  deadline watch("names free before down");
  actor_system system({.workers = 4});
  std::vector<actor_ref<rounds>> heirs;
  for (int i = 0; i < 8; ++i) heirs.push_back(system.spawn<heir>("name" + std::to_string(i), 500));
  for (const auto& each : heirs) {
    int seen = -1;
    eventually([&] { return (seen = each.ask(rounds{}).get()) >= 0; });
    CHECK(seen == 500);
  }
}

TEST_CASE("names: threads that fight for one name leave nothing behind") {
  deadline watch("names fight");
  actor_system system({.workers = 2});
  std::atomic<int> won{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        auto a = system.spawn<account>();
        a.stop();  // perhaps it is gone before it has its name
        if (system.register_name("the one", a)) ++won;
      }
    });
  }
  threads.clear();
  CHECK(won > 0);
  eventually([&] { return system.live_actors() == 0; });
  eventually([&] { return system.find<>("the one").error().code == errc::name_unknown; });
}

TEST_CASE("names: there is a limit") {
  actor_system system({.workers = 1});
  auto a = system.spawn<account>();
  for (std::size_t i = 0; i < detail::name_registry::names_max; ++i) {
    REQUIRE(system.register_name(std::to_string(i), a).has_value());
  }
  CHECK(system.register_name("one more", a).error().code == errc::name_taken);
  CHECK(system.unregister_name("17"));
  CHECK(system.register_name("one more", a).has_value());
}

}  // namespace registry_test
