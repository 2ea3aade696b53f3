// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <troupe/latch.hpp>
#include <unordered_map>

namespace troupe::detail {

/// The count, those who wait for its end, and who owes how much of it.
class latch_coordinator
    : public actor<messages::latch_count_down, messages::latch_wait, messages::latch_enroll,
                   messages::latch_count, messages::latch_broken, messages::latch_waiting,
                   messages::latch_describe, wait_expired, wait_withdrawn> {
 public:
  explicit latch_coordinator(std::ptrdiff_t count);

  promise<void> on(const messages::latch_count_down& m);
  promise<bool> on(const messages::latch_wait& m);
  void on(const messages::latch_enroll& m);

  std::size_t on(messages::latch_count) const { return left_; }
  bool on(messages::latch_broken) const { return broken_.has_value(); }
  std::size_t on(messages::latch_waiting) const { return line_.size(); }
  std::string on(messages::latch_describe) const;

  void on(wait_expired news);
  void on(const wait_withdrawn& news) { line_.take_withdrawn(news); }
  void on(const down& news);

 private:
  std::optional<failure> count_down(std::size_t amount, const actor_ref<>& by, const char* verb);

  std::size_t left_;
  std::optional<failure> broken_;
  struct account {
    std::size_t owed = 0;  ///< as has been said of it
    std::size_t paid = 0;
  };
  std::unordered_map<actor_ref<>, account> accounts_;  ///< of who has counted, or is to count
  watch_list watched_{home()};
  waiting_room<bool> line_{home(), watched_};
};

}  // namespace troupe::detail
