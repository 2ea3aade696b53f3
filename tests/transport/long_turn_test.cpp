// SPDX-License-Identifier: BSD-3-Clause
// What goes to other processes and what comes from there, while a handler takes its time.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <troupe/actor_system.hpp>

#include "crew.hpp"
#include "long_turn.hpp"
#include "stage.hpp"
#include "within.hpp"

namespace long_turn_test {

using namespace troupe;
using namespace std::chrono_literals;
using crew::add;
using nanoseconds = std::chrono::nanoseconds;

/// Has `there` tell the listener something, and goes on working until that has been heard.
template <int Nth>
class worker : public actor<add> {
 public:
  worker(actor_ref<crew::pass> there, actor_ref<add> here, std::atomic<int>* heard,
         std::promise<nanoseconds>* took)
      : there_(there), here_(here), heard_(heard), took_(took) {}
  void on(add) {
    const auto tell = [&] { there_.tell(crew::pass{here_, 1}); };
    took_->set_value(long_turn::work_until_heard(tell, *heard_));
  }

 private:
  actor_ref<crew::pass> there_;
  actor_ref<add> here_;
  std::atomic<int>* heard_;
  std::promise<nanoseconds>* took_;
};

TEST_CASE("links: what a handler tells another process, and the answer, do not wait for its end") {
  stage s("told in a long turn");
  std::atomic<int> heard{0};
  const auto [child, there] = s.hire<crew::envoy>({});
  const actor_ref<add> here = s.system.spawn<long_turn::listener<add>>(&heard);
  const auto one = [&, there = there](auto nth) {
    std::promise<nanoseconds> took;
    s.system.spawn<worker<nth>>(there, here, &heard, &took).tell(add{1});
    return within(took.get_future());
  };
  CHECK(long_turn::quicker_quarter(one) < 50ms);
}

/// Tells one, and after a pause another.
struct pass_both {
  actor_ref<add> first, then;
};
class slow_envoy : public actor<pass_both> {
 public:
  static constexpr auto pause = 20ms;
  void on(pass_both m) {
    m.first.tell(add{1});
    std::this_thread::sleep_for(pause);
    m.then.tell(add{1});
  }
};

/// Works until the listener has heard something.
template <int Nth>
class waiter : public actor<add> {
 public:
  waiter(std::atomic<int>* heard, std::promise<nanoseconds>* took) : heard_(heard), took_(took) {}
  void on(add) {
    took_->set_value(long_turn::work_until_heard([] {}, *heard_));
  }

 private:
  std::atomic<int>* heard_;
  std::promise<nanoseconds>* took_;
};

TEST_CASE("links: what another process tells is heard while a handler that it set off goes on") {
  stage s("heard in a long turn");
  std::atomic<int> heard{0};
  const auto [child, there] = s.hire<slow_envoy>({.workers = 2});
  const actor_ref<add> here = s.system.spawn<long_turn::listener<add>>(&heard);
  const auto one = [&, there = there](auto nth) {
    std::promise<nanoseconds> took;
    there.tell(pass_both{s.system.spawn<waiter<nth>>(&heard, &took), here});
    return within(took.get_future());
  };
  CHECK(long_turn::quicker_quarter(one) < slow_envoy::pause + 50ms);
}

}  // namespace long_turn_test
