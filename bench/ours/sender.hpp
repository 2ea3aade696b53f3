// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Who sends the frames of X1 and X5: an actor that is let know of every 1,024 that have been seen, with four
// such windows under way at most.

#include <bench/frame.hpp>
#include <troupe/actor_system.hpp>

namespace bench {

inline constexpr std::uint64_t window = 1024;
inline constexpr std::uint64_t chunk = 1000;  // between two looks into the mailbox

struct credit {
  std::uint64_t seen;
};
struct start_sending {
  using reply = void;
  troupe::actor_ref<frame> to;
  std::uint64_t count;
};
struct send_more {};

class sender : public troupe::actor<start_sending, send_more, credit> {
 public:
  /// \param number  the one that its frames name
  explicit sender(std::uint64_t number) : number_(number) {}
  troupe::promise<void> on(start_sending order) {
    to_ = order.to;
    count_ = order.count;
    all_sent_ = make_promise<void>();
    on(send_more{});
    return all_sent_;
  }
  void on(credit c) {
    seen_ = c.seen;
    if (waiting_) on(send_more{});
  }
  void on(send_more) {
    const std::uint64_t end = std::min({count_, sent_ + chunk, seen_ + 4 * window});
    while (sent_ < end) to_.tell(make_frame_of(number_, sent_++));
    waiting_ = false;
    if (sent_ == count_) {
      all_sent_.set_value();
    } else if (sent_ == seen_ + 4 * window) {
      waiting_ = true;
    } else {
      self().tell(send_more{});
    }
  }

 private:
  const std::uint64_t number_;
  troupe::actor_ref<frame> to_;
  std::uint64_t count_ = 0, sent_ = 0, seen_ = 0;
  bool waiting_ = false;
  troupe::promise<void> all_sent_;
};

}  // namespace bench
