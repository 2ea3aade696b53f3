// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <troupe/actor_system.hpp>

#include "long_turn.hpp"

namespace first_turn_test {

using namespace troupe;
using namespace std::chrono_literals;

struct ping {};
struct work {
  using reply = std::chrono::nanoseconds;  // how long it took until the listener had heard
};
/// Tells the listener something, and goes on working until that has been heard.
template <int Nth>
class worker : public actor<work> {
 public:
  worker(actor_ref<ping> to, std::atomic<int>* heard) : to_(to), heard_(heard) {}
  std::chrono::nanoseconds on(work) {
    return long_turn::work_until_heard([&] { to_.tell(ping{}); }, *heard_);
  }

 private:
  actor_ref<ping> to_;
  std::atomic<int>* heard_;
};

TEST_CASE("first turn: of a class nobody knows, what it makes ready does not wait for its end") {
  std::atomic<int> heard{0};
  actor_system system({.workers = 2});
  const auto to = system.spawn<long_turn::listener<ping>>(&heard);
  to.ask(ping{}).get();
  const auto one = [&](auto nth) {
    return system.spawn<worker<nth>>(to, &heard).ask(work{}).get();
  };
  CHECK(long_turn::quicker_quarter(one) < 50ms);
}

}  // namespace first_turn_test
