// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <troupe/actor_system.hpp>
#include <utility>
#include <vector>

/// Handlers that set something going and go on working until that has come about.
namespace long_turn {

/// Adds one for each message.
template <class Message>
class listener : public troupe::actor<Message> {
 public:
  explicit listener(std::atomic<int>* heard) : heard_(heard) {}
  void on(Message) { heard_->fetch_add(1); }

 private:
  std::atomic<int>* heard_;
};

/// \return how long it took until one had been added to `heard`
template <class Begin>
std::chrono::nanoseconds work_until_heard(Begin begin, const std::atomic<int>& heard) {
  using clock = std::chrono::steady_clock;
  const int before = heard.load();
  const auto begun = clock::now();
  begin();
  while (heard.load() == before && clock::now() - begun < std::chrono::seconds{5}) {
  }
  return clock::now() - begun;
}

/// Calls `one` for 16 classes of actors of which nothing is known: std::integral_constant<int, Nth>.
/// \return what it returns at most in the quicker quarter of the cases. An idle worker looks for those that are
///     stuck after some 100 ms; where the machine stalls most cases may take as long for that.
template <class One>
std::chrono::nanoseconds quicker_quarter(One one) {
  std::vector<std::chrono::nanoseconds> all;
  const auto add = [&](auto nth) {
    // All workers go to sleep meanwhile; if not, it helps, too.
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    all.push_back(one(nth));
  };
  [&]<int... Nth>(std::integer_sequence<int, Nth...>) {
    (add(std::integral_constant<int, Nth>{}), ...);
  }(std::make_integer_sequence<int, 16>{});
  std::sort(all.begin(), all.end());
  return all[all.size() / 4];
}

}  // namespace long_turn
