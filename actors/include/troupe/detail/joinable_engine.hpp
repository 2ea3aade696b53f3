// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <troupe/detail/queue_engine.hpp>
#include <vector>

namespace troupe {

/// An item whose consumer ended before it was done.
template <class T>
struct failed_item {
  T item;
  std::string why;  ///< names the dead, and how it ended
};

/// What join() has waited for: `if (auto all = co_await q.join(); !all) report(all.failed);`.
template <class T>
struct join_result {
  std::size_t failures = 0;
  std::vector<failed_item<T>> failed;  ///< the first thousand of them, in the order they were put

  explicit operator bool() const noexcept { return failures == 0; }
};

namespace messages {
struct queue_task_done {
  std::size_t items = 1;
  bool by_thread = false;
};
template <class T>
struct queue_join {
  using reply = join_result<T>;
};
}  // namespace messages

namespace detail {

inline constexpr std::size_t failed_items_max = 1000;

failure too_often_done(std::size_t items, std::size_t taken);
/// \throws std::invalid_argument if it is 0
unsigned checked_deliveries(unsigned deliveries);
std::string why_failed(const down& news, const actor_ref<>& whom);

template <class T>
using joinable_base = with_queue_messages<T, actor, messages::queue_task_done,
                                          messages::queue_join<T>, wait_expired, wait_withdrawn>;

/// A queue that also knows which items are taken and not yet done, and by whom.
template <class T>
class joinable_engine : public queue_engine<T, fifo_order<T>, joinable_base<T>> {
  static_assert(std::copy_constructible<T>, "a joinable queue keeps a copy until an item is done");
  using engine = queue_engine<T, fifo_order<T>, joinable_base<T>>;
  using typename engine::hand_out;
  using typename engine::place;

 public:
  joinable_engine(std::size_t maxsize, unsigned deliveries)
      : engine(maxsize), deliveries_(checked_deliveries(deliveries)) {}

  using engine::on;

  promise<void> on(messages::queue_task_done m) {
    auto answer = this->template make_promise<void>();
    if (this->is_closed()) {
      answer.set_failure(closed_failure());
    } else if (m.items > taken_.size()) {
      answer.set_failure(too_often_done(m.items, taken_.size()));
    } else {
      for (std::size_t i = 0; i < m.items; ++i) {
        taken_.erase(oldest_of(m.by_thread ? actor_ref<>{} : answer.asker()));
      }
      settled(m.items);
      answer.set_value();
    }
    return answer;
  }

  promise<join_result<T>> on(messages::queue_join<T>) {
    auto answer = this->template make_promise<join_result<T>>();
    if (this->is_closed()) {
      answer.set_failure(closed_failure());
    } else if (unfinished_ == 0) {
      answer.set_value(report_);
    } else {
      joiners_.park(answer, {});
    }
    return answer;
  }

  void on(const wait_withdrawn& news) {
    if (!joiners_.take_withdrawn(news)) engine::on(news);
  }

 protected:
  bool keeps_copies() const override { return true; }

  void came_in() override {
    if (unfinished_++ == 0) report_ = {};
  }

  void received(hand_out&& out) override {
    const actor_ref<> whom = out.by_thread ? actor_ref<>{} : out.whom;
    for (std::size_t i = 0; i < out.kept.size(); ++i) {
      const place& p = out.places[i];
      taken_.emplace(p.number, held{std::move(out.kept[i]), whom, p.hand_outs + 1});
    }
  }

  void thrown_away(std::size_t items) override { settled(items); }

  bool in_doubt(T& item, place p, const actor_ref<>& whom) override {
    taken_.emplace(p.number, held{std::move(item), whom, p.hand_outs + 1});
    return false;  // party_ended() comes next
  }

  void party_ended(const actor_ref<>& whom, const down& news) override {
    joiners_.take_ended(whom);
    for (auto at = taken_.begin(); at != taken_.end();) {
      const auto present = at++;
      if (present->second.whom == whom) give_up(present, news);
    }
  }

 private:
  struct held {
    T item;
    actor_ref<> whom;  ///< nobody: a plain thread
    unsigned hand_outs;
  };
  using held_items = std::map<std::uint64_t, held>;  // by number: the order in which they were put

  typename held_items::iterator oldest_of(const actor_ref<>& whom) {
    auto nobodys = taken_.end();
    for (auto at = taken_.begin(); at != taken_.end(); ++at) {
      if (at->second.whom == whom) return at;
      if (!at->second.whom && nobodys == taken_.end()) nobodys = at;
    }
    return nobodys != taken_.end() ? nobodys : taken_.begin();
  }

  void give_up(typename held_items::iterator one, const down& news) {
    held h = std::move(one->second);
    const std::uint64_t number = one->first;
    taken_.erase(one);
    if (h.hand_outs < deliveries_ && !this->is_shut()) {  // else nobody might come to take it
      this->put_back(std::move(h.item), {number, h.hand_outs});
      return;
    }
    ++report_.failures;
    if (report_.failed.size() < failed_items_max) {
      report_.failed.push_back({std::move(h.item), why_failed(news, h.whom)});
    }
    settled(1);
  }

  void settled(std::size_t items) {
    unfinished_ -= items;
    if (unfinished_ != 0) return;
    for (auto& joiner : joiners_.take_all()) joiner.answer.set_value(report_);
  }

  const unsigned deliveries_;
  std::size_t unfinished_ = 0;  ///< put, and neither done, failed nor thrown away
  held_items taken_;
  join_result<T> report_;
  waiting_room<join_result<T>> joiners_{this->home(), this->watched(), 2};
};

}  // namespace detail
}  // namespace troupe
