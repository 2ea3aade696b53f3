// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/thread_mailbox.hpp>
#include <troupe/value.hpp>

namespace value_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {
long add_nameless(long& whole, long by) { return whole += by; }
}  // namespace

long add(long& whole, long by) { return whole += by; }
long read_only(const long& whole, long times) { return whole * times; }

struct account {
  std::string owner;
  long cents = 0;
  bool operator==(const account&) const = default;
};
std::string rename_and_pay(account& a, std::string name, long cents) {
  const std::string before = std::exchange(a.owner, std::move(name));
  a.cents += cents;
  if (a.cents < 0) throw std::runtime_error("no credit for " + a.owner);
  return before;
}

/// How often one is copied.
struct counted {
  static inline int copies = 0;
  int n = 0;
  counted() = default;
  counted(const counted& other) : n(other.n) { ++copies; }
  counted(counted&&) noexcept = default;
  counted& operator=(counted&&) noexcept = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(n);
  }
};
int look(const counted& c) { return c.n; }
int bump(counted& c) noexcept { return ++c.n; }
int bump_with_care(counted& c) { return ++c.n; }

behavior adder(mailbox<>, value<long> to, int times) {
  for (int i = 0; i < times; ++i) co_await to.update<&add>(1);
}
behavior keeps_one(mailbox<value<long>> mail, actor_ref<value<long>> to) {
  to.tell(value<long>::spawn_owned(7));
  co_await mail.receive<value<long>>();
}

TEST_CASE(
    "value: a default-made handle refers to nothing, a made one to one value, and it travels") {
  actor_system system({.workers = 2});
  const value<long> none;
  CHECK_FALSE(none);
  CHECK_THROWS_AS((void)none.get().get(), actor_down);
  const auto a = value<long>::spawn(system, 5);
  const value<long> b = a;
  CHECK(a == b);
  b.set(6).get();
  CHECK(a.get().get() == 6);
  CHECK(value<long>::spawn(system).get().get() == 0);
  static_assert(encodable<value<account>> && std::is_trivially_copyable_v<value<account>>);
  CHECK(a.describe().get() == "value of long");
}

TEST_CASE("value: set, exchange and compare_exchange replace it whole") {
  actor_system system({.workers = 2});
  const auto v = value<account>::spawn(system, {"ann", 100});
  CHECK(v.exchange({"bob", 50}).get() == account{"ann", 100});
  CHECK_FALSE(v.compare_exchange({"ann", 100}, {"eve", 0}).get());
  CHECK(v.get().get() == account{"bob", 50});
  CHECK(v.compare_exchange({"bob", 50}, {"eve", 0}).get());
  CHECK(v.get().get() == account{"eve", 0});
}

TEST_CASE("value: update changes it with nothing else in between, so nothing is lost") {
  actor_system system({.workers = 2});
  const auto v = value<long>::spawn(system);
  std::vector<actor_ref<>> all;
  for (int i = 0; i < 4; ++i) all.push_back(system.spawn<adder>(v, 500));
  system.run([](std::vector<actor_ref<>> who) -> task<void> {
    for (const auto& each : who) co_await ended(each);
  }(all));
  CHECK(v.get().get() == 2000);
  CHECK(v.update<&read_only>(3).get() == 6000);
}

TEST_CASE("value: a function that throws half-way has changed nothing, and its text comes back") {
  actor_system system({.workers = 2});
  const auto v = value<account>::spawn(system, {"ann", 10});
  CHECK_THROWS_WITH_AS((void)v.update<&rename_and_pay>("bob", -11).get(),
                       "std::runtime_error: no credit for bob", handler_error);
  CHECK(v.get().get() == account{"ann", 10});
  CHECK(v.update<&rename_and_pay>("bob", -10).get() == "ann");
  CHECK(v.get().get() == account{"bob", 0});
}

TEST_CASE("value: only a function that could stop half-way costs a copy") {
  actor_system system({.workers = 1});
  const auto v = value<counted>::spawn(system);
  counted::copies = 0;
  CHECK(v.update<&bump>().get() == 1);
  CHECK(v.update<&look>().get() == 1);
  CHECK(counted::copies == 0);
  CHECK(v.update<&bump_with_care>().get() == 2);
  CHECK(counted::copies == 1);
}

TEST_CASE(
    "value: a function without a name of its own works here, and does not leave the process") {
  actor_system system({.workers = 1});
  const auto v = value<long>::spawn(system, 1);
  CHECK(v.update<&add_nameless>(2).get() == 3);
  static_assert(!encodable<messages::kept_call<&add_nameless, long, detail::on_a_copy>>);
  static_assert(encodable<messages::kept_call<&add, long, detail::on_a_copy>>);
}

TEST_CASE("value: an owned one ends with its owner, and then says so") {
  actor_system system({.workers = 2});
  CHECK_THROWS_WITH_AS(value<long>::spawn_owned(),
                       "value::spawn_owned: only an actor can own something", misuse_error);
  auto mail = system.open_mailbox<value<long>>();
  const auto owner = system.spawn<keeps_one>(mail.ref());
  const auto v = mail.receive<value<long>>(30s);
  REQUIRE(v);
  CHECK(v->get().get() == 7);
  owner.kill();
  system.run([](actor_ref<> who) -> task<void> { co_await ended(who); }(owner));
  CHECK_THROWS_AS((void)v->get().get(), actor_down);
}

}  // namespace value_test
