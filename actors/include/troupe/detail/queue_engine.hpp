// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <map>
#include <troupe/actor.hpp>
#include <troupe/detail/queue_line.hpp>
#include <troupe/detail/queue_order.hpp>
#include <troupe/detail/queue_protocol.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

/// The coordinator of every queue. Each item is in one place: in a putter's question, in `items_`, handed
/// out and not yet received (`out_`), or gone. From `out_` it comes back if nobody has received it; of
/// what leaves the process a copy is kept there, since what is on its way to a process that dies can
/// not come back. \tparam Base  an actor of its messages, perhaps with more handlers
template <class T, class Order, class Base>
class queue_engine : public Base {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "what is queued must move without throwing, so that there is never half an item");

 public:
  /// \param used  it counts as used from the beginning: once it is closed, nobody may even look
  explicit queue_engine(std::size_t maxsize, bool used = false) noexcept : maxsize_(maxsize) {
    if (used) gate_.use();
  }
  virtual ~queue_engine() = default;

  promise<put_result> on(messages::queue_put<T> m) {
    return put({std::move(m.item), {}, 0}, m.timeout);
  }
  promise<put_result> on(messages::queue_put_many<T> m) {
    return put({std::nullopt, std::move(m.items), 0}, m.timeout);
  }
  promise<taken<T>> on(const messages::queue_get<T>& m) {
    return get<T>({0, m.by_thread, current_question(this->home())}, m.timeout);
  }
  promise<taken<std::vector<T>>> on(const messages::queue_get_many<T>& m) {
    return get<std::vector<T>>(
        {std::max<std::size_t>(m.items_max, 1), m.by_thread, current_question(this->home())},
        m.timeout);
  }

  promise<std::size_t> on(messages::queue_size) { return tell_of(items_.size()); }
  promise<bool> on(messages::queue_is_empty) { return tell_of(items_.empty()); }
  promise<bool> on(messages::queue_is_full) { return tell_of(!has_room()); }
  bool on(messages::queue_is_shut_down) const { return gate_.is_shut(); }
  std::size_t on(messages::queue_waiting) const { return getters_.size() + putters_.size(); }
  std::string on(messages::queue_describe) const { return gate_.describe(items_.size(), maxsize_); }

  void on(messages::queue_limit m) {
    maxsize_ = m.maxsize;
    settle();
  }
  void on(messages::queue_shutdown m) { shut(m.immediate, queue_gate::state::shut); }
  void on(messages::queue_close) { shut(true, queue_gate::state::closed); }

  void on(messages::queue_received m) {
    if (auto found = out_.extract(m.number)) received(std::move(found.mapped()));
    settle();
  }
  void on(messages::queue_returned<T> m) {
    if (auto found = out_.extract(m.number)) {
      if (m.item) found.mapped().kept.push_back(*std::move(m.item));
      take_back(std::move(found.mapped()));
    }
  }
  void on(messages::queue_returned<std::vector<T>> m) {
    if (auto found = out_.extract(m.number)) {
      if (m.item) found.mapped().kept = *std::move(m.item);
      take_back(std::move(found.mapped()));
    }
  }

  void on(wait_expired news) {
    if (auto late = putters_.take_expired(news)) {
      refuse(*late, queue_status::full);
    } else if (auto hungry = getters_.take_expired(news)) {
      refuse(*hungry, queue_status::empty);
    }
  }
  void on(const wait_withdrawn& news) {
    if (!putters_.take_withdrawn(news)) getters_.take_withdrawn(news);
    settle();
  }
  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    putters_.take_ended(*whom);
    getters_.take_ended(*whom);
    take_back_from(*whom);
    party_ended(*whom, news);
    settle();
  }

 protected:
  struct place {
    std::uint64_t number = 0;  ///< of the item
    unsigned hand_outs = 0;
  };
  /// Items under way to one who asked.
  struct hand_out {
    actor_ref<> whom;
    bool by_thread = false;
    bool apart = false;         ///< in another process
    std::vector<place> places;  ///< one for each item
    std::vector<T> kept;        ///< copies, as many, or none
  };

  // What a queue whose items must be marked done does besides. ----------------------------------

  virtual bool keeps_copies() const { return false; }
  virtual void came_in() {}                 ///< an item has been put
  virtual void received(hand_out&&) {}      ///< it has come to who asked
  virtual void thrown_away(std::size_t) {}  ///< so many items, by a shutdown
  /// An item that may have come to one who has died. \return false: it is not to go back
  virtual bool in_doubt(T&, place p, const actor_ref<>&) {
    return p.hand_outs + 1 < hand_outs_in_doubt_max;
  }
  virtual void party_ended(const actor_ref<>&, const down&) {}

  watch_list& watched() noexcept { return watched_; }
  bool is_closed() const noexcept { return gate_.is_closed(); }
  bool is_shut() const noexcept { return gate_.is_shut(); }

  void put_back(T item, place p) {
    if (gate_.throws_away()) {
      thrown_away(1);
      return;
    }
    items_.push({std::move(item), p.number, p.hand_outs});
  }

  /// Hands out what can be, lets in what there is room for, and lets go whom neither will reach.
  void settle() {
    for (;;) {
      feed();
      if (putters_.empty() || !has_room()) break;
      let_in();
    }
    if (!is_over()) return;
    for (auto& hungry : getters_.take_all()) refuse(hungry, queue_status::shut_down);
  }

 private:
  using getting = typename getter_line<T>::waiter;
  using putting = typename putter_line<T>::waiter;

  bool has_room() const noexcept { return maxsize_ == 0 || items_.size() < maxsize_; }
  /// Nothing will come any more, not even back.
  bool is_over() const noexcept {
    return gate_.is_shut() && items_.empty() && (gate_.throws_away() || out_.empty());
  }

  template <class Value>
  promise<Value> tell_of(Value value) {
    auto answer = this->template make_promise<Value>();
    if (gate_.is_useless()) {
      answer.set_failure(closed_failure());
    } else {
      answer.set_value(value);
    }
    return answer;
  }

  // Putting -------------------------------------------------------------------------------------

  promise<put_result> put(incoming<T> what, const patience& timeout) {
    auto answer = this->template make_promise<put_result>();
    gate_.use();
    putting one{answer, std::move(what)};
    if (gate_.is_shut()) {
      refuse(one, queue_status::shut_down);
    } else if (putters_.empty() && push_all(one)) {
      settle();
    } else if (timeout && timeout->count() <= 0) {
      refuse(one, queue_status::full);
    } else {
      putters_.park(answer, timeout, std::move(one.note));
    }
    return answer;
  }

  /// As many as there is room for, or somebody to take them. \return whether the question is answered
  bool push_all(putting& one) {
    incoming<T>& what = one.note;
    while (what.next < what.size()) {
      if (!has_room()) {
        if (getters_.empty()) return false;
        feed();
        continue;
      }
      try {
        items_.push({std::move(what[what.next]), last_number_ + 1, 0});
      } catch (...) {  // by a comparison: the queue is as before
        one.answer.set_failure(failure_of(std::current_exception()));
        return true;
      }
      ++last_number_;
      ++what.next;
      came_in();
    }
    one.answer.set_value(put_result{queue_status::done, what.size()});
    return true;
  }

  void let_in() {
    if (push_all(putters_.first())) putters_.take_first();
  }

  void refuse(putting& one, queue_status why) {
    if (gate_.is_closed()) {
      one.answer.set_failure(closed_failure());
    } else {
      one.answer.set_value(put_result{why, one.note.next});
    }
  }

  // Getting -------------------------------------------------------------------------------------

  void feed() {
    while (!getters_.empty() && !items_.empty()) hand_over(getters_.take_first());
  }

  template <class Item>
  promise<taken<Item>> get(outgoing what, const patience& timeout) {
    promise<taken<Item>> answer(what.question);
    gate_.use();
    getting one{promise<taken<T>>(what.question), std::move(what)};
    if (!answer) return answer;  // told, so there is nobody to get it
    if (!items_.empty() && getters_.empty()) {
      hand_over(std::move(one));
      settle();
    } else if (is_over()) {
      refuse(one, queue_status::shut_down);
    } else if (timeout && timeout->count() <= 0) {
      refuse(one, queue_status::empty);
    } else {
      getters_.park(one.answer, timeout, std::move(one.note));
    }
    return answer;
  }

  void hand_over(getting one) {
    const outgoing& what = one.note;
    hand_out out{one.answer.asker(), what.by_thread, is_remote(one.answer.asker().where()), {}, {}};
    std::vector<T> items;
    const std::size_t most = std::max<std::size_t>(what.items_max, 1);
    items.reserve(std::min(most, items_.size()));
    while (items.size() < most && !items_.empty()) {
      queued<T> first = items_.pop();
      out.places.push_back({first.number, first.hand_outs});
      items.push_back(std::move(first.item));
    }
    if (const auto why = keep(out, items)) {
      one.answer.set_failure(*why);
      return;
    }
    const bool kept = !out.kept.empty();
    if (out.apart || (keeps_copies() && !out.by_thread)) watched_.add(out.whom);
    out_.emplace(++last_hand_out_, std::move(out));
    const auto self = this->self();
    if (what.items_max == 0) {
      one.answer.set_value(taken<T>(std::move(items.front()), self, last_hand_out_, kept));
    } else {
      promise<taken<std::vector<T>>>(what.question)
          .set_value(taken<std::vector<T>>(std::move(items), self, last_hand_out_, kept));
    }
  }

  /// Copies what may be needed again. \return why that failed; all is as before, then
  std::optional<failure> keep(hand_out& out, std::vector<T>& items) {
    if constexpr (std::copy_constructible<T>) {
      if (!out.apart && !keeps_copies()) return {};
      try {
        out.kept = std::vector<T>(items);
      } catch (...) {
        for (std::size_t i = 0; i < items.size(); ++i) put_back(std::move(items[i]), out.places[i]);
        return failure_of(std::current_exception());
      }
    }
    return {};
  }

  void refuse(getting& one, queue_status why) {
    if (gate_.is_closed()) {
      one.answer.set_failure(closed_failure());
    } else if (one.note.items_max == 0) {
      one.answer.set_value(taken<T>(why));
    } else {
      promise<taken<std::vector<T>>>(one.note.question).set_value(taken<std::vector<T>>(why));
    }
  }

  // Coming back ---------------------------------------------------------------------------------

  void take_back(hand_out out) {
    for (std::size_t i = 0; i < out.kept.size(); ++i)
      put_back(std::move(out.kept[i]), out.places[i]);
    settle();
  }

  /// What was on its way to an actor that has ended. In this process it comes back by itself.
  void take_back_from(const actor_ref<>& whom) {
    for (auto at = out_.begin(); at != out_.end();) {
      const auto present = at++;
      if (present->second.whom != whom || !present->second.apart) continue;
      hand_out out = std::move(present->second);
      out_.erase(present);
      for (std::size_t i = 0; i < out.kept.size(); ++i) {
        place& p = out.places[i];
        if (!in_doubt(out.kept[i], p, whom)) continue;
        ++p.hand_outs;
        put_back(std::move(out.kept[i]), p);
      }
    }
  }

  void shut(bool immediate, queue_gate::state how) {
    gate_.shut_to(how, immediate);
    for (auto& late : putters_.take_all()) refuse(late, queue_status::shut_down);
    if (gate_.throws_away()) {
      thrown_away(items_.size());
      items_.clear();
    }
    settle();
  }

  std::size_t maxsize_;
  queue_gate gate_;
  Order items_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_hand_out_ = 0;
  std::map<std::uint64_t, hand_out> out_;  // by number of the hand-out
  watch_list watched_{this->home()};
  putter_line<T> putters_{this->home(), watched_, 0};
  getter_line<T> getters_{this->home(), watched_, 1};
};

}  // namespace troupe::detail
