// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/system_core.hpp>
#include <troupe/gather.hpp>
#include <troupe/when.hpp>
#include <vector>

#include "deadline.hpp"
#include "eventually.hpp"
#include "within.hpp"

namespace gather_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct value {
  using reply = int;
};
struct name {
  using reply = std::string;
};
struct poke {};
struct cancelled_so_far {
  using reply = int;
};

enum class mood { answers, throws, silent };

class member : public actor<value, name, poke, cancelled_so_far> {
 public:
  static constexpr bool reentrant = true;
  explicit member(int number, mood how = mood::answers) : number_(number), how_(how) {}
  task<int> on(value) {
    if (how_ == mood::throws) throw std::runtime_error("not me");
    if (how_ == mood::silent) {
      const auto token = cancellation();
      while (!token.stop_requested()) co_await sleep_for(100us);
      ++cancelled_;
    }
    co_return number_;
  }
  std::string on(name) const { return "member " + std::to_string(number_); }
  void on(poke) {}
  int on(cancelled_so_far) const { return cancelled_; }

 private:
  int number_;
  mood how_;
  int cancelled_ = 0;
};
using member_ref = actor_ref<value, name, poke, cancelled_so_far>;

/// Its handler has been told, or has not been run at all.
bool has_given_up(actor_system& system, member_ref who) {
  return who.ask(cancelled_so_far{}).get() != 0 || system.dead_letters() != 0;
}
/// What `ask(timeout)` gives once it is `enough`: a machine that stalls wants more time for those who do answer.
template <class Ask, class Enough>
auto in_good_time(Ask ask, Enough enough) {
  for (std::chrono::nanoseconds timeout = 5ms;; timeout *= 2) {
    auto got = ask(timeout);
    if (enough(got)) return got;
  }
}

std::vector<member_ref> crew(actor_system& system, int count) {
  std::vector<member_ref> all;
  for (int i = 0; i < count; ++i) all.push_back(system.spawn<member>(i));
  return all;
}

}  // namespace

TEST_CASE("ask_all: every outcome, in the order of the refs") {
  actor_system system({.workers = 2});
  auto refs = crew(system, 100);
  refs.push_back(system.spawn<member>(100, mood::throws));
  auto gone = system.spawn<member>(101);
  gone.kill();
  refs.push_back(gone);
  refs.push_back(member_ref{});
  auto asks = [&]() -> task<std::vector<outcome<int>>> {
    auto all = co_await ask_all(refs, value{});
    co_return all;
  };
  const auto all = system.run(asks());
  REQUIRE(all.size() == 103);
  for (int i = 0; i < 100; ++i) CHECK(*all[i] == i);
  CHECK(all[100].error().code == errc::handler_failed);
  CHECK(all[101].error().code == errc::actor_down);
  CHECK(all[102].error().code == errc::actor_down);
}

TEST_CASE("ask_all: of nobody is nothing, and a message without a reply is handled") {
  actor_system system({.workers = 2});
  auto refs = crew(system, 3);
  auto asks = [&]() -> task<std::size_t> {
    auto none = co_await ask_all(std::vector<member_ref>{}, value{});
    auto handled = co_await ask_all(refs, poke{});
    std::size_t good = none.size();
    for (auto& each : handled) good += each.has_value();
    co_return good;
  };
  CHECK(system.run(asks()) == 3);
}

TEST_CASE("ask_all: one timeout for all; who was asked learns it") {
  deadline watch("ask_all with a timeout");
  actor_system system({.workers = 2});
  auto refs = crew(system, 2);
  refs.push_back(system.spawn<member>(2, mood::silent));
  auto asks = [&](std::chrono::nanoseconds timeout) -> task<std::vector<outcome<int>>> {
    auto all = co_await ask_all(refs, value{}, timeout);
    co_return all;
  };
  const auto all = in_good_time([&](auto timeout) { return system.run(asks(timeout)); },
                                [](const auto& got) { return got[0] && got[1]; });
  CHECK(*all[0] == 0);
  CHECK(*all[1] == 1);
  CHECK(all[2].error().code == errc::timeout);
  eventually([&] { return has_given_up(system, refs[2]); });
}

TEST_CASE("ask_any: the first success; the others are withdrawn") {
  deadline watch("ask_any");
  actor_system system({.workers = 2});
  std::vector<member_ref> refs{system.spawn<member>(0, mood::throws),
                               system.spawn<member>(1, mood::silent), system.spawn<member>(2)};
  auto asks = [&]() -> task<int> {
    auto any = co_await ask_any(refs, value{});
    co_return any ? *any : -1;
  };
  CHECK(system.run(asks()) == 2);
  eventually([&] { return has_given_up(system, refs[1]); });
}

TEST_CASE("ask_any: a failure if all fail, or if there is nobody") {
  actor_system system({.workers = 2});
  std::vector<member_ref> refs{system.spawn<member>(0, mood::throws), member_ref{}};
  auto asks = [](std::vector<member_ref> whom) -> task<errc> {
    auto any = co_await ask_any(whom, value{});
    co_return any ? errc{} : any.error().code;
  };
  CHECK(system.run(asks(refs)) == errc::actor_down);  // of the last
  CHECK(system.run(asks({})) == errc::misuse);
}

TEST_CASE("ask_first: as many successes as were wanted, or as there are") {
  deadline watch("ask_first");
  actor_system system({.workers = 2});
  std::vector<member_ref> refs{system.spawn<member>(0, mood::silent), system.spawn<member>(1),
                               system.spawn<member>(2, mood::throws), system.spawn<member>(3)};
  auto first = [&](std::size_t n, std::chrono::nanoseconds timeout) -> task<std::string> {
    auto got = co_await ask_first(n, refs, value{}, timeout);
    std::string text;
    for (auto& each : got)
      text += std::to_string(each.index) + "=" + std::to_string(*each.result) + " ";
    co_return text;
  };
  CHECK(system.run(first(2, {})) == "1=1 3=3 ");
  refs[2] = system.spawn<member>(2);
  CHECK(system.run(first(0, {})).empty());
  const std::string some = in_good_time(
      [&](auto timeout) { return system.run(first(4, timeout)); },
      [](const std::string& got) { return std::count(got.begin(), got.end(), '=') == 3; });
  CHECK(some == "1=1 2=2 3=3 ");  // the silent one does not come
}

TEST_CASE("when_all: different asks leave at once, each with its outcome") {
  deadline watch("when_all");
  actor_system system({.workers = 2});
  auto a = system.spawn<member>(4);
  auto silent = system.spawn<member>(5, mood::silent);
  auto asks = [&]() -> task<std::string> {
    auto got =
        co_await when_all(a.ask(value{}), a.ask(name{}), a.ask(poke{}), silent.ask(value{}, 3ms));
    co_return std::to_string(*std::get<0>(got)) + *std::get<1>(got) +
        (std::get<2>(got) ? " poked " : " ") +
        (std::get<3>(got).error().code == errc::timeout ? "late" : "?");
  };
  CHECK(system.run(asks()) == "4member 4 poked late");
}

TEST_CASE("when_any: the first success of different asks") {
  deadline watch("when_any");
  actor_system system({.workers = 2});
  auto a = system.spawn<member>(4);
  auto silent = system.spawn<member>(5, mood::silent);
  auto wrong = system.spawn<member>(6, mood::throws);
  auto asks = [&]() -> task<std::string> {
    auto got = co_await when_any(silent.ask(value{}), wrong.ask(value{}), a.ask(name{}));
    co_return got.index() == 2 ? *std::get<2>(got) : "?";
  };
  CHECK(system.run(asks()) == "member 4");
  eventually([&] { return has_given_up(system, silent); });
  auto fails = [&]() -> task<errc> {
    auto got = co_await when_any(member_ref{}.ask(value{}), member_ref{}.ask(name{}));
    co_return std::get<0>(got).error().code;
  };
  CHECK(system.run(fails()) == errc::actor_down);
}

TEST_CASE("ask_all: the asker may end in the middle of it") {
  deadline watch("an asker of many that ends");
  actor_system system({.workers = 2});
  std::vector<member_ref> refs;
  for (int i = 0; i < 50; ++i) refs.push_back(system.spawn<member>(i, mood::silent));
  auto asker = system.spawn([&](mailbox<>) -> behavior {
    auto all = co_await ask_all(refs, value{}, 60s);
    (void)all;
  });
  refs[49].ask(cancelled_so_far{}).get();
  asker.kill();
  auto ends = [&]() -> task<void> { co_await ended(asker); };
  system.run(ends());
  for (auto& each : refs) {
    auto count = [&] { return each.ask(cancelled_so_far{}).get(); };
    (void)count();
  }
  CHECK(system.core().timers.size() <= 50);  // naps of the members, not the timeout
}

TEST_CASE("ask_all: ten thousand actors at once, in linear time") {
  deadline watch("ten thousand asks");
  actor_system system({.workers = 2});
  auto refs = crew(system, 10'000);
  auto asks = [&]() -> task<long> {
    long sum = 0;
    for (int round = 0; round < 3; ++round) {
      auto all = co_await ask_all(refs, value{}, 60s);
      for (auto& each : all) sum += *each;
    }
    co_return sum;
  };
  CHECK(system.run(asks()) == 3L * 10'000 * 9'999 / 2);
}

}  // namespace gather_test
