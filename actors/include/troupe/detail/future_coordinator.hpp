// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/pledge_holders.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <variant>

namespace troupe {

namespace detail {
/// What is kept of a T; of void, that it has come.
template <class T>
using kept_of = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
/// What a wait with a time limit gives: nothing, or false, when the time is up.
template <class T>
using perhaps = std::conditional_t<std::is_void_v<T>, bool, std::optional<kept_of<T>>>;
}  // namespace detail

namespace messages {
template <class T>
struct future_wait {
  using reply = T;
};
template <class T>
struct future_wait_for {
  using reply = detail::perhaps<T>;
  std::chrono::nanoseconds timeout{};
};
struct future_is_ready {
  using reply = bool;
};
struct future_waiting {
  using reply = std::size_t;
};
struct future_describe {
  using reply = std::string;
};
/// Answered with false if it has come to something before.
template <class T>
struct pledge_set_value {
  using reply = bool;
  detail::kept_of<T> value;
};
struct pledge_set_failure {
  using reply = bool;
  failure why;
};
/// From now on that actor holds it, too.
struct pledge_hold {
  using reply = void;
  actor_ref<> who;
};
}  // namespace messages

namespace detail {

template <class T>
using future_handle =
    handle<messages::future_wait<T>, messages::future_wait_for<T>, messages::future_is_ready,
           messages::future_waiting, messages::future_describe>;
template <class T>
using pledge_handle =
    handle<messages::pledge_set_value<T>, messages::pledge_set_failure, messages::pledge_hold,
           messages::future_wait<T>, messages::future_wait_for<T>, messages::future_is_ready,
           messages::future_waiting, messages::future_describe>;

/// A value that is to come, or has come, or never will; and those who wait for it.
template <class T>
class future_coordinator
    : public actor<messages::future_wait<T>, messages::future_wait_for<T>,
                   messages::future_is_ready, messages::future_waiting, messages::future_describe,
                   messages::pledge_set_value<T>, messages::pledge_set_failure,
                   messages::pledge_hold, wait_expired, wait_withdrawn> {
  using kept = kept_of<T>;
  using perhaps = detail::perhaps<T>;
  struct nothing_yet {};
  struct come {
    kept value;
  };
  static_assert(std::is_nothrow_move_constructible_v<kept>,
                "what is to come must move without throwing, so that there is never half of it");

 public:
  explicit future_coordinator(const actor_ref<>& holder) { holders_.add(holder); }

  promise<T> on(messages::future_wait<T>) {
    auto answer = this->template make_promise<T>();
    if (is_ready()) {
      tell(answer);
    } else {
      patient_.park(answer, {});
    }
    return answer;
  }
  promise<perhaps> on(const messages::future_wait_for<T>& m) {
    auto answer = this->template make_promise<perhaps>();
    if (is_ready()) {
      tell(answer);
    } else if (m.timeout.count() <= 0) {
      answer.set_value(perhaps{});
    } else {
      hurried_.park(answer, m.timeout);
    }
    return answer;
  }
  bool on(messages::future_is_ready) const { return is_ready(); }
  std::size_t on(messages::future_waiting) const { return patient_.size() + hurried_.size(); }
  std::string on(messages::future_describe) const {
    const failure* why = std::get_if<failure>(&outcome_);
    return describe_future(is_ready(), why, patient_.size() + hurried_.size());
  }

  bool on(messages::pledge_set_value<T> m) { return settle(come{std::move(m.value)}); }
  bool on(messages::pledge_set_failure m) { return settle(std::move(m.why)); }
  promise<void> on(const messages::pledge_hold& m) {
    auto answer = this->template make_promise<void>();
    if (m.who) {
      if (!is_ready()) holders_.add(m.who);
      answer.set_value();
    } else {
      answer.set_failure({errc::misuse, "pledge::held_by: the actor_ref refers to nobody", {}});
    }
    return answer;
  }

  void on(wait_expired news) {
    if (auto late = hurried_.take_expired(news)) late->answer.set_value(perhaps{});
  }
  void on(const wait_withdrawn& news) {
    if (!patient_.take_withdrawn(news)) hurried_.take_withdrawn(news);
  }
  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    patient_.take_ended(*whom);
    hurried_.take_ended(*whom);
    if (holders_.was_last(*whom)) settle(broken_by(news, *whom));
  }

 private:
  bool is_ready() const noexcept { return !std::holds_alternative<nothing_yet>(outcome_); }

  template <class Outcome>
  bool settle(Outcome&& outcome) {
    if (is_ready()) return false;
    outcome_ = std::forward<Outcome>(outcome);
    for (auto& each : patient_.take_all()) tell(each.answer);
    for (auto& each : hurried_.take_all()) tell(each.answer);
    return true;
  }

  /// A value that cannot be copied for one of those who wait costs that one only.
  template <class Reply>
  void tell(promise<Reply>& answer) {
    if (const failure* why = std::get_if<failure>(&outcome_)) {
      answer.set_failure(*why);
      return;
    }
    try {
      if constexpr (std::is_void_v<Reply>) {
        answer.set_value();
      } else if constexpr (std::is_void_v<T>) {
        answer.set_value(true);
      } else {
        answer.set_value(Reply(std::get<come>(outcome_).value));
      }
    } catch (...) {
      answer.set_failure(failure_of(std::current_exception()));
    }
  }

  std::variant<nothing_yet, come, failure> outcome_;
  watch_list watched_{this->home()};
  pledge_holders holders_{watched_};
  waiting_room<T> patient_{this->home(), watched_, 0};
  waiting_room<perhaps> hurried_{this->home(), watched_, 1};
};

}  // namespace detail
}  // namespace troupe
