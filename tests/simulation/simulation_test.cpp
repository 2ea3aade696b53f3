// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <troupe/simulation.hpp>
#include <unordered_set>

#include "captured.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct number {
  int n = 0;
};
struct sum {
  using reply = int;
};
class adder : public actor<number, sum> {
 public:
  void on(number m) { sum_ += m.n; }
  int on(sum) const { return sum_; }

 private:
  int sum_ = 0;
};

std::size_t threads() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                    std::filesystem::directory_iterator{}));
}

/// The sequence numbers in which two senders' messages reach one receiver.
std::vector<int> arrivals(std::uint64_t seed) {
  simulation sim(seed);
  std::vector<int> order;
  auto to = sim.system().spawn([&order](mailbox<number> mail) -> behavior {
    for (;;) order.push_back((co_await mail.receive<number>()).n);
  });
  for (int first : {0, 100}) {
    sim.system().spawn([to, first](mailbox<>) -> behavior {
      for (int i = 0; i < 10; ++i) {
        to.tell(number{first + i});
        co_await sleep_for(1ns);
      }
    });
  }
  sim.run();
  return order;
}

}  // namespace

TEST_CASE("simulation: asks, tasks and plain waits work in one thread") {
  const auto before = threads();
  simulation sim{7};
  auto a = sim.system().spawn<adder>();
  for (int i = 1; i <= 10; ++i) a.tell(number{i});
  CHECK(a.ask(sum{}).get() == 55);
  auto twice = [](actor_ref<number, sum> to) -> task<int> {
    const int first = co_await to.ask(sum{}, 1s);
    co_return first + co_await to.ask(sum{});
  };
  CHECK(sim.system().run(twice(a)) == 110);
  CHECK(sim.system().workers() == 1);
  CHECK(threads() <= before);  // one of another test may have been about to go
  CHECK(sim.system().shutdown());
}

TEST_CASE("simulation: time passes at once, timers fire in order, and never early") {
  simulation sim;
  const auto real = std::chrono::steady_clock::now();
  std::vector<int> fired;
  std::vector<std::chrono::nanoseconds> moments;
  const auto begin = sim.system().now();
  for (int i : {3, 1, 2}) {
    sim.system().spawn([&, i](mailbox<> mail) -> behavior {
      co_await sleep_for(std::chrono::hours{i});
      fired.push_back(i);
      moments.push_back(mail.system().now() - begin);
    });
  }
  sim.run_for(90min);
  CHECK(fired == std::vector{1});
  CHECK(sim.elapsed() == 90min);
  sim.run();
  CHECK(fired == std::vector{1, 2, 3});
  CHECK(moments == std::vector<std::chrono::nanoseconds>{1h, 2h, 3h});
  CHECK(sim.elapsed() == 3h);
  CHECK(std::chrono::steady_clock::now() - real < 30s);
}

TEST_CASE("simulation: the same seed gives the same run, other seeds give others") {
  CHECK(arrivals(5) == arrivals(5));
  std::set<std::vector<int>> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed) different.insert(arrivals(seed));
  CHECK(different.size() > 15);
}

TEST_CASE("simulation: luck, node and addresses follow from the seed") {
  const auto facts = [](std::uint64_t seed) {
    simulation sim(seed);
    auto a = sim.system().spawn<adder>();
    auto b = sim.system().spawn<adder>();
    a.stop();
    sim.run();
    auto c = sim.system().spawn<adder>();  // in the cell of `a`
    std::unordered_set<actor_ref<>> all{a, b, c};
    std::string text = std::to_string(sim.system().random()) + to_string(a) + to_string(c);
    for (const auto& ref : all) text += to_string(ref);
    return text;
  };
  CHECK(facts(3) == facts(3));
  CHECK(facts(3) != facts(4));
}

TEST_CASE("simulation: one message is one step") {
  simulation sim;
  auto a = sim.system().spawn<adder>();
  for (int i = 0; i < 5; ++i) a.tell(number{1});
  sim.run();
  CHECK(sim.steps() == 5);
  simulation coarse({.turn_messages_max = 3});
  auto b = coarse.system().spawn<adder>();
  for (int i = 0; i < 5; ++i) b.tell(number{1});
  coarse.run();
  CHECK(coarse.steps() == 2);
}

TEST_CASE("simulation: an actor that waits although it has mail takes no step for that") {
  struct sleeper : actor<number> {
    task<void> on(number) { co_await sleep_for(1s); }
  };
  simulation sim;
  auto s = sim.system().spawn<sleeper>();
  for (int i = 0; i < 3; ++i) s.tell(number{});
  sim.run();
  CHECK(sim.steps() == 6);  // three messages, three times awake
}

TEST_CASE("simulation: a wait that nothing can end is an error that names who waits") {
  struct never {
    using reply = int;
  };
  class silent : public actor<never, number> {
   public:
    promise<int> on(never) { return kept_ = make_promise<int>(); }
    void on(number) {}

   private:
    promise<int> kept_;
  };
  simulation sim;
  auto mute = sim.system().spawn<silent>();
  sim.system().spawn([mute](mailbox<>) -> behavior { co_await ended(mute); });
  CHECK_THROWS_WITH_AS(mute.ask(never{}).get(), doctest::Contains("deadlock"), simulation_error);
  CHECK_THROWS_WITH_AS(mute.ask(never{}).get(), doctest::Contains("waits for 1 answer"),
                       simulation_error);
  CHECK_THROWS_WITH_AS(mute.ask(never{}).get(), doctest::Contains("run_visit#"), simulation_error);
  auto a = sim.system().spawn<adder>();
  CHECK(a.ask(sum{}).get() == 0);  // it goes on
}

TEST_CASE("simulation: a run without end is stopped at its limit") {
  simulation sim({.steps_max = 1000});
  sim.system().spawn([](mailbox<number> mail) -> behavior {
    for (;;) {
      mail.self().tell(number{});
      co_await mail.receive<number>();
    }
  });
  CHECK_THROWS_WITH_AS(sim.run(), doctest::Contains("1000 steps"), simulation_error);
  CHECK(sim.steps() == 1000);
  CHECK_THROWS_AS(sim.run(), simulation_error);
  auto a = sim.system().spawn<adder>();
  CHECK_THROWS_AS(a.ask(sum{}).get(), simulation_error);
}

TEST_CASE("simulation: shutdown ends, and its timeouts are virtual") {
  captured_stderr captured;
  auto token = std::make_shared<int>();
  {
    simulation sim({.system = {.name = "late", .shutdown_timeout = 1h}});
    struct sleeper : actor<number> {
      explicit sleeper(std::shared_ptr<int> t) : token(std::move(t)) {}
      std::shared_ptr<int> token;
      task<void> on(number) { co_await sleep_for(24h * 365); }
    };
    auto s = sim.system().spawn<sleeper>(token);
    s.tell(number{});
    sim.run_for(1s);
    CHECK_FALSE(sim.system().shutdown());
    CHECK(sim.elapsed() == 1h + 1s);
  }
  CHECK(token.use_count() == 1);
  CHECK(captured.text().find("sleeper") != std::string::npos);
}

TEST_CASE("simulation: shutdown ends also what asks without end and lets no time pass") {
  const captured_stderr quiet;
  simulation sim({.steps_max = 10'000});
  auto a = sim.system().spawn<adder>();
  a.stop();
  auto endless = [](mailbox<>, actor_ref<number, sum> to) -> behavior {
    for (;;) (void)co_await to.ask(sum{}).result();
  };
  sim.system().spawn(endless, a);
  for (int i = 0; i < 100; ++i) sim.step();
  CHECK_FALSE(sim.system().shutdown());
  CHECK(sim.system().live_actors() == 0);
}

TEST_CASE("simulation: what actors own, watch and leave behind is as in real life") {
  simulation sim{11};
  std::vector<std::string> heard;
  auto parent = sim.system().spawn([&](mailbox<number> mail) -> behavior {
    auto child = mail.spawn<adder>();
    mail.monitor(child);
    child.kill();
    const down news = co_await mail.receive<down>();
    heard.push_back(to_string(news.reason));
    auto other = mail.spawn<adder>();
    mail.monitor(other);
    throw std::runtime_error("enough");
  });
  auto watcher = [](actor_ref<> of) -> task<std::string> {
    const exit_reason why = co_await ended(of);
    co_return to_string(why);
  };
  CHECK(sim.system().run(watcher(parent)).find("enough") != std::string::npos);
  CHECK(heard == std::vector<std::string>{"killed"});
  sim.run();
  CHECK(sim.system().live_actors() == 0);
  parent.tell(number{1});
  sim.run();
  CHECK(sim.system().dead_letters() == 1);
}

TEST_CASE("simulation: two at once, and one beside threads, do not disturb each other") {
  actor_system real({.workers = 2});
  auto busy = real.spawn<adder>();
  simulation one{1};
  simulation two{2};
  auto a = one.system().spawn<adder>();
  auto b = two.system().spawn<adder>();
  for (int i = 0; i < 100; ++i) {
    a.tell(number{1});
    b.tell(number{2});
    busy.tell(number{3});
  }
  CHECK(two.system().shutdown());
  CHECK(a.ask(sum{}).get() == 100);
  CHECK(busy.ask(sum{}).get() == 300);
  b.tell(number{1});  // gone, and harmless
}

TEST_CASE("simulation: misuse is refused") {
  simulation sim;
  sim.system().spawn([&](mailbox<>) -> behavior {
    CHECK_THROWS_AS(sim.run(), misuse_error);
    CHECK_THROWS_AS(simulation(1), misuse_error);
    co_return;
  });
  sim.run();
  CHECK_THROWS_WITH_AS(simulation({.turn_messages_max = 0}), doctest::Contains("turn_messages_max"),
                       std::invalid_argument);
}

TEST_CASE("simulation: the trace tells who handled what, and from whom") {
  simulation sim({.order = simulation_order::in_turn, .keep_trace = true});
  auto a = sim.system().spawn<adder>();
  auto teller = sim.system().spawn([a](mailbox<number> mail) -> behavior {
    const number m = co_await mail.receive<number>();
    a.tell(m);
    a.tell(number{co_await a.ask(sum{})});
  });
  teller.tell(number{5});
  CHECK(a.ask(sum{}).get() == 0);
  sim.run();
  a.kill();
  sim.run();
  const std::string trace = sim.trace();
  INFO(trace);
  CHECK(trace.find("adder#0: ask sum from run_visit#2\n") != std::string::npos);
  CHECK(trace.find("run_visit#2: reply int from adder#0; ends\n") != std::string::npos);
  CHECK(trace.find("#1: number from outside\n") != std::string::npos);
  CHECK(trace.find("#1: reply int from adder#0; ends\n") != std::string::npos);
  CHECK(trace.find("adder#0: number from lambda at simulation_test.cpp") != std::string::npos);
  CHECK(trace.find("adder#0: kill from outside; ends\n") != std::string::npos);
}

TEST_CASE("simulation: a kill at a step comes before that step") {
  for (std::uint64_t step = 1; step <= 7; ++step) {
    simulation sim;
    int handled = 0;
    auto a = sim.system().spawn([&](mailbox<number> mail) -> behavior {
      for (;;) {
        co_await mail.receive<number>();
        ++handled;
      }
    });
    for (int i = 0; i < 5; ++i) a.tell(number{});
    sim.kill_at(step, a);
    sim.run();
    CHECK(handled == static_cast<int>(step > 2 ? step - 2 : 0));  // the first is its beginning
  }
}

// Run by the test below, in other processes.
TEST_CASE("simulation: in a process of its own" * doctest::skip()) {
  simulation sim{99};
  std::unordered_set<actor_ref<number>> all;
  std::vector<int> order;
  for (int i = 0; i < 50; ++i) {
    all.insert(sim.system().spawn([&order, i](mailbox<number> mail) -> behavior {
      co_await mail.receive<number>();
      order.push_back(i);
    }));
  }
  for (const auto& ref : all) ref.tell(number{});
  sim.run();
  std::string text = "run:";
  for (int i : order) text += ' ' + std::to_string(i);
  for (const auto& ref : all) text += ' ' + to_string(ref);
  std::printf("%s %llu\n", text.c_str(), static_cast<unsigned long long>(sim.trace_hash()));
}

TEST_CASE("simulation: the same seed gives the same run in every process") {
  const auto run_of_another_process = [] {
    const std::string command = std::filesystem::read_symlink("/proc/self/exe").string() +
                                " --no-skip --test-case='simulation: in a process of its own'";
    std::FILE* out = popen(command.c_str(), "r");
    REQUIRE(out);
    std::string found;
    for (char line[8192]; std::fgets(line, sizeof line, out);) {
      if (std::string_view(line).starts_with("run:")) found = line;
    }
    pclose(out);
    return found;
  };
  const std::string first = run_of_another_process();
  CHECK(first.size() > 500);
  for (int i = 0; i < 3; ++i) CHECK(run_of_another_process() == first);
}
