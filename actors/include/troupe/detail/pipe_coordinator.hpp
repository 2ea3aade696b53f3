// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <troupe/actor_system.hpp>
#include <troupe/detail/pipe_messages.hpp>
#include <troupe/detail/pipe_users.hpp>
#include <troupe/detail/waiting_room.hpp>

namespace troupe::detail {

template <class T>
using pipe_ref = actor_ref<messages::pipe_send<T>, messages::pipe_receive<T>, messages::await_ready,
                           messages::pipe_close, messages::pipe_hold, messages::pipe_describe>;

failure pipe_closed_here();   ///< what a verb of an end that was closed ends with
failure pipe_closed_there();  ///< what sending to an end that was closed ends with
failure pipe_too_late(const char* verb);

/// What goes from one end to the other, and who waits for it. End `s` writes way `s` and reads the other.
template <class T>
struct pipe_way {
  pipe_way(cell& coordinator, watch_list& watched, std::uint32_t room)
      : senders(coordinator, watched, room),
        receivers(coordinator, watched, room + 1),
        lookers(coordinator, watched, room + 2) {}

  std::deque<T> kept;  ///< sent, not received yet
  bool writable = true;
  bool readable = true;
  waiting_room<void, T> senders;
  waiting_room<std::optional<T>> receivers;
  waiting_room<bool> lookers;
};

/// A pipe: two ways with a bound each.
template <class T>
class pipe_coordinator
    : public actor<messages::pipe_send<T>, messages::pipe_receive<T>, messages::await_ready,
                   messages::pipe_close, messages::pipe_hold, messages::pipe_describe, wait_expired,
                   wait_withdrawn> {
  using send = messages::pipe_send<T>;
  using receive = messages::pipe_receive<T>;

 public:
  pipe_coordinator(std::size_t messages_max, bool duplex) : messages_max_(messages_max) {
    if (!duplex) ways_[0].writable = ways_[0].readable = false;
  }

  promise<void> on(send m) {
    auto answer = this->template make_promise<void>();
    if (m.side > 1) return answer;
    users_.add(m.side, answer.asker());
    pipe_way<T>& way = ways_[m.side];
    if (!way.writable) {
      answer.set_failure(pipe_closed_here());
    } else if (!way.readable) {
      answer.set_failure(pipe_closed_there());
    } else if (way.kept.size() < messages_max_) {
      way.kept.push_back(std::move(m.message));
      answer.set_value();
      hand_over(way);
    } else if (m.timeout && m.timeout->count() <= 0) {
      answer.set_failure(pipe_too_late("send"));
    } else {
      way.senders.park(answer, m.timeout, std::move(m.message));
    }
    return answer;
  }

  promise<std::optional<T>> on(const receive& m) {
    auto answer = this->template make_promise<std::optional<T>>();
    if (m.side > 1 || !answer) return answer;  // told: nobody would get the message
    users_.add(m.side, answer.asker());
    pipe_way<T>& way = ways_[1 - m.side];
    if (!way.readable) {
      answer.set_failure(pipe_closed_here());
    } else if (!way.kept.empty() || !way.writable) {
      give(way, answer);
    } else if (m.timeout && m.timeout->count() <= 0) {
      answer.set_failure(pipe_too_late("receive"));
    } else {
      way.receivers.park(answer, m.timeout);
    }
    return answer;
  }

  promise<bool> on(const messages::await_ready& m) {
    auto answer = this->template make_promise<bool>();
    if (m.which > 1) return answer;
    pipe_way<T>& way = ways_[1 - m.which];
    if (!way.readable) {
      answer.set_failure(pipe_closed_here());
    } else if (is_ready(way) || (m.timeout && m.timeout->count() <= 0)) {
      answer.set_value(is_ready(way));
    } else {
      way.lookers.park(answer, m.timeout);
    }
    return answer;
  }

  void on(messages::pipe_close m) {
    if (m.side <= 1) close(m.side);
  }
  void on(const messages::pipe_hold& m) {
    if (m.side <= 1) users_.add(m.side, m.who);
  }
  std::string on(messages::pipe_describe) const {
    return "pipe: " + std::to_string(ways_[0].kept.size()) + " and " +
           std::to_string(ways_[1].kept.size()) + " messages";
  }

  void on(wait_expired news) {
    for (auto& way : ways_) {
      if (auto late = way.senders.take_expired(news))
        late->answer.set_failure(pipe_too_late("send"));
      if (auto late = way.receivers.take_expired(news)) {
        late->answer.set_failure(pipe_too_late("receive"));
      }
      if (auto late = way.lookers.take_expired(news)) late->answer.set_value(false);
    }
  }
  void on(const wait_withdrawn& news) {
    for (auto& way : ways_) {
      way.senders.take_withdrawn(news);
      way.receivers.take_withdrawn(news);
      way.lookers.take_withdrawn(news);
    }
  }
  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    for (auto& way : ways_) {
      way.senders.take_ended(*whom);
      way.receivers.take_ended(*whom);
      way.lookers.take_ended(*whom);
    }
    for (std::uint32_t side : users_.take_ended(*whom, news.reason.is_normal())) close(side);
  }

 private:
  static bool is_ready(const pipe_way<T>& way) noexcept {
    return !way.kept.empty() || !way.writable;
  }

  /// The first message, or the end of the stream; and whoever waited for room comes in.
  void give(pipe_way<T>& way, promise<std::optional<T>> to) {
    std::optional<T> message;
    if (!way.kept.empty()) {
      message.emplace(std::move(way.kept.front()));
      way.kept.pop_front();
    }
    to.set_value(std::move(message));
    while (way.kept.size() < messages_max_ && !way.senders.empty()) {
      auto next = way.senders.take_first();
      way.kept.push_back(std::move(next.note));
      next.answer.set_value();
    }
  }

  /// Who has waited gets what there is.
  void hand_over(pipe_way<T>& way) {
    while (is_ready(way) && !way.receivers.empty()) give(way, way.receivers.take_first().answer);
    if (!is_ready(way)) return;
    for (auto& looker : way.lookers.take_all()) looker.answer.set_value(true);
  }

  void close(std::uint32_t side) {
    users_.forget(side);
    pipe_way<T>& out = ways_[side];
    if (std::exchange(out.writable, false)) {
      for (auto& w : out.senders.take_all()) w.answer.set_failure(pipe_closed_here());
      hand_over(out);
    }
    pipe_way<T>& in = ways_[1 - side];
    if (!std::exchange(in.readable, false)) return;
    in.kept.clear();
    for (auto& w : in.receivers.take_all()) w.answer.set_failure(pipe_closed_here());
    for (auto& w : in.lookers.take_all()) w.answer.set_failure(pipe_closed_here());
    for (auto& w : in.senders.take_all()) w.answer.set_failure(pipe_closed_there());
  }

  const std::size_t messages_max_;
  watch_list watched_{this->home()};
  pipe_users users_{watched_};
  pipe_way<T> ways_[2]{{this->home(), watched_, 0}, {this->home(), watched_, 3}};
};

}  // namespace troupe::detail
