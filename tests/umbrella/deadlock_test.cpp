// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <set>
#include <troupe/deadlock_watch.hpp>
#include <troupe/gather.hpp>
#include <troupe/lock.hpp>
#include <troupe/process.hpp>
#include <vector>

#include "deadline.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace deadlock_between_processes {

/// Answered with what became of it: nothing, or the circle.
struct dine {
  using reply = std::string;
};
struct seated {
  using reply = bool;
};

/// In a process of its own; sits down only when all are there, so that each has one fork in its hand.
class philosopher : public actor<dine, seated> {
 public:
  static constexpr bool reentrant = false;

  philosopher(lock left, lock right) : left_(left), right_(right) {
    deadlock_watch::spawn(system(), {.after = 20ms, .listener = [](auto&) {}});
  }
  task<bool> on(seated) {
    held_.emplace(co_await left_.acquire());
    co_return true;
  }
  task<std::string> on(dine) {
    std::string text;
    try {
      const auto other = co_await right_.acquire();
    } catch (const deadlock_error& e) {
      text = e.what();
    }
    held_.reset();
    co_return text;
  }

 private:
  lock left_, right_;
  std::optional<lock_guard> held_;
};
using philosopher_ref = actor_ref<dine, seated>;

task<philosopher_ref> seat(process there, lock left, lock right) {
  auto spawning = there.spawn<philosopher>(left, right);
  co_return co_await std::move(spawning);
}
task<process> start(actor_system& system) {
  auto starting = system.start_process({});
  co_return co_await std::move(starting);
}
task<std::vector<std::string>> meal(std::vector<philosopher_ref> all) {
  for (const auto& p : all) co_await p.ask(seated{});
  std::vector<std::string> texts;
  for (auto& t : co_await ask_all(all, dine{})) texts.push_back(t.value());
  co_return texts;
}

}  // namespace deadlock_between_processes
using namespace deadlock_between_processes;

TEST_CASE("deadlock: philosophers in processes of their own: found each time, one gives way") {
  const deadline limit("philosophers");
  actor_system system;
  constexpr std::size_t n = 3;
  std::vector<process> processes;
  for (std::size_t i = 0; i < n; ++i) processes.push_back(system.run(start(system)));
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    std::vector<lock> forks;
    for (std::size_t i = 0; i < n; ++i) forks.push_back(lock::spawn(system));
    std::vector<philosopher_ref> all;
    for (std::size_t i = 0; i < n; ++i)
      all.push_back(system.run(seat(processes[i], forks[i], forks[(i + 1) % n])));
    std::size_t told = 0;
    for (const std::string& text : system.run(meal(all))) {
      if (text.empty()) continue;
      ++told;
      INFO(text);
      for (const lock& fork : forks)
        CHECK(text.find(to_string(fork.coordinator()).substr(0, 3)) != std::string::npos);
    }
    CHECK(told == 1);
    for (const auto& p : all) p.stop();
  }
}
