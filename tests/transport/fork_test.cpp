// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <troupe/actor_system.hpp>
#include <troupe/snapshot.hpp>
#include <troupe/thread_mailbox.hpp>

#include "deadline.hpp"
#include "eventually.hpp"
#include "stage.hpp"

namespace fork_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct steps_taken {
  using reply = int;
};
struct footstep {};
class pedometer : public actor<footstep, steps_taken> {
 public:
  void on(footstep) { ++n_; }
  int on(steps_taken) const { return n_; }

 private:
  int n_ = 0;
};

/// What `call` says in a bare fork of this process. \return its text, or how the fork ended instead
std::string in_a_fork(const std::function<void()>& call) {
  int answer[2];
  REQUIRE(pipe(answer) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(20);  // a call that hangs
    std::string text = "it did not fail";
    try {
      call();
    } catch (const std::exception& error) {
      text = error.what();
    }
    const bool told = ::write(answer[1], text.data(), text.size()) > 0;
    _exit(told ? 0 : 1);
  }
  ::close(answer[1]);
  std::string text(1000, '\0');
  const ssize_t got = ::read(answer[0], text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  ::close(answer[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return text;
}

void must_name_the_fork(const std::function<void()>& call) {
  const std::string text = in_a_fork(call);
  CAPTURE(text);
  CHECK(text.find("was forked off") != std::string::npos);
}

}  // namespace

TEST_CASE("fork: in a bare copy of the process our calls fail, and say that it was forked") {
  deadline limit("fork");
  actor_system system({.workers = 2});
  auto counting = system.spawn<pedometer>();
  // Others send all the time, so that the fork finds locks taken.
  std::atomic<bool> over{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 4; ++i) {
    busy.emplace_back([&] {
      while (!over) counting.tell(footstep{});
    });
  }
  eventually([&] { return counting.ask(steps_taken{}).get() > 1000; });
  for (int round = 0; round < 5; ++round) {
    must_name_the_fork([&] { counting.ask(steps_taken{}).get(); });
    must_name_the_fork([&] { system.spawn<pedometer>(); });
    must_name_the_fork([&] { system.run([]() -> task<void> { co_return; }()); });
    must_name_the_fork([&] { (void)system.snapshot(); });
    must_name_the_fork([&] { (void)system.open_mailbox<footstep>(); });
    must_name_the_fork([&] { system.tell_after(1s, counting, footstep{}); });
    must_name_the_fork([&] { (void)system.find<footstep>("nobody").value(); });
    CHECK(in_a_fork([&] { counting.tell(footstep{}); }) == "it did not fail");
    CHECK(in_a_fork([&] { system.shutdown(); }) == "it did not fail");
  }
  over = true;
  for (auto& each : busy) each.join();
}

TEST_CASE("fork: a copy can have a system of its own, from its beginning to its end" *
          doctest::skip(!can_fork)) {
  deadline limit("fork again");
  actor_system system({.workers = 2});
  auto counting = system.spawn<pedometer>();
  counting.tell(footstep{});
  CHECK(in_a_fork([] {
          actor_system own({.workers = 2});
          auto there = own.spawn<pedometer>();
          there.tell(footstep{});
          const bool counted = there.ask(steps_taken{}).get() == 1;
          if (own.shutdown() && counted) throw std::runtime_error("all good");
        }) == "all good");
}

TEST_CASE("fork: a copy that returns from where the system lives ends") {
  deadline limit("fork returns");
  CHECK(in_a_fork([] {}) == "it did not fail");
  auto system = std::make_unique<actor_system>(system_options{.workers = 2});
  system->spawn<pedometer>();
  CHECK(in_a_fork([&] { system.reset(); }) == "it did not fail");
}

}  // namespace fork_test
