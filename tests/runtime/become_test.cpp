// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <troupe/actor_system.hpp>
#include <troupe/states.hpp>

#include "deadline.hpp"
#include "eventually.hpp"

namespace become_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct push {
  using reply = bool;
};
struct pull {
  using reply = bool;
};
struct knock {};
struct knocks {
  using reply = int;
};
struct creak {
  using reply = int;
};

std::atomic<int> left_open{0};
struct shut {
  int knocked = 0;
};
struct open {
  open() = default;
  open(open&& other) noexcept : counts(std::exchange(other.counts, false)) {}
  open& operator=(open&&) = delete;
  ~open() { left_open += counts; }
  bool counts = true;
};

class door : public actor<push, pull, knock, knocks, creak>, public states<shut, open> {
 public:
  bool on(shut&, push) {
    become(open{});
    return in<shut>();  // until the next message
  }
  void on(shut& now, knock) { ++now.knocked; }
  int on(shut& now, knocks) const { return now.knocked; }
  bool on(open&, pull) {
    become(shut{});
    return true;
  }
  task<int> on(open&, creak) {
    co_await sleep_for(100us);
    become(shut{41});
    co_return 1;
  }
  int on(knocks) const { return -1; }  // in any other state
};

template <class M, class... Ms>
errc code_of(const actor_ref<Ms...>& to, M message) {
  try {
    (void)to.ask(message).get();
  } catch (const error& e) {
    return e.code();
  }
  return {};
}

}  // namespace

TEST_CASE("become: each state has handlers and data of its own") {
  actor_system system({.workers = 2});
  auto d = system.spawn<door>();
  d.tell(knock{});
  d.tell(knock{});
  CHECK(d.ask(knocks{}).get() == 2);
  CHECK(d.ask(push{}).get());
  CHECK(d.ask(knocks{}).get() == -1);  // the handler of all other states
  CHECK(d.ask(pull{}).get());
  CHECK(d.ask(knocks{}).get() == 0);  // a new state, from the start
}

TEST_CASE("become: a message that the state does not take is a dead letter, an ask of it fails") {
  actor_system system({.workers = 2});
  auto d = system.spawn<door>();
  CHECK(code_of(d, pull{}) == errc::bad_message);
  CHECK(d.ask(push{}).get());
  const auto before = system.dead_letters();
  d.tell(knock{});
  CHECK(d.ask(knocks{}).get() == -1);
  CHECK(system.dead_letters() == before + 1);
  CHECK(code_of(d, push{}) == errc::bad_message);
}

TEST_CASE("become: a state ends as soon as its last handler has") {
  left_open = 0;
  actor_system system({.workers = 2});
  auto d = system.spawn<door>();
  CHECK(d.ask(push{}).get());
  CHECK(d.ask(knocks{}).get() == -1);
  CHECK(left_open == 0);
  CHECK(d.ask(pull{}).get());
  CHECK(d.ask(knocks{}).get() == 0);
  CHECK(left_open == 1);
}

TEST_CASE("become: a handler that waits keeps its state to the end") {
  deadline watch("a handler in a state");
  actor_system system({.workers = 2});
  auto d = system.spawn<door>();
  CHECK(d.ask(push{}).get());
  CHECK(d.ask(creak{}).get() == 1);
  CHECK(d.ask(knocks{}).get() == 41);
}

}  // namespace become_test
