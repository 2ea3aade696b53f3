// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/holdings.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <troupe/lock_guard.hpp>
#include <type_traits>
#include <variant>

namespace troupe {

namespace detail {
/// What is kept of a T; of void, that it is done.
template <class T>
using result_of_once = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
/// Either what has come out, or the turn to do it; the fence is the number of the turn.
template <class T>
struct once_turn {
  lock_guard turn;
  std::optional<result_of_once<T>> result;
};
}  // namespace detail

namespace messages {
template <class T>
struct once_enter {
  using reply = detail::once_turn<T>;
};
template <class T>
struct once_finish {
  using reply = void;
  std::uint64_t turn = 0;
  detail::result_of_once<T> result;
};
struct once_is_done {
  using reply = bool;
};
struct once_waiting {
  using reply = std::size_t;
};
struct once_describe {
  using reply = std::string;
};
}  // namespace messages

namespace detail {

template <template <class...> class Of, class T, class... More>
using with_once_messages =
    Of<messages::once_enter<T>, messages::once_finish<T>, messages::once_is_done,
       messages::once_waiting, messages::once_describe, messages::claim_returned,
       messages::holdings_of, More...>;

std::string describe_once(bool done, bool running, std::size_t waiting);

/// What has come out, or the claim of the one whose turn it is, and those who wait for either.
template <class T>
class once_coordinator : public with_once_messages<actor, T, wait_withdrawn> {
 public:
  static constexpr bool gives_out = true;

  promise<once_turn<T>> on(messages::once_enter<T>) {
    auto answer = this->template make_promise<once_turn<T>>();
    if (!answer) return answer;  // told, so there is nobody to do it
    if (result_) {
      tell(answer);
    } else if (held_.empty()) {
      grant(answer);
    } else {
      line_.park(answer, {});
    }
    return answer;
  }
  promise<void> on(messages::once_finish<T> m) {
    auto answer = this->template make_promise<void>();
    if (!held_.take(m.turn)) {
      answer.set_failure({errc::misuse, "once: it is not the turn of who asks any more", {}});
      return answer;
    }
    result_ = std::move(m.result);
    for (auto& waiter : line_.take_all()) tell(waiter.answer);
    answer.set_value();
    return answer;
  }
  /// The one that was at it has thrown, or ended; or it is done, and this is no news.
  promise<void> on(const messages::claim_returned& m) {
    auto answer = this->template make_promise<void>();
    if (held_.take(m.number)) pass_on();
    answer.set_value();
    return answer;
  }

  bool on(messages::once_is_done) const { return result_.has_value(); }
  std::size_t on(messages::once_waiting) const { return line_.size(); }
  std::string on(messages::once_describe) const {
    return describe_once(result_.has_value(), !held_.empty(), line_.size());
  }
  holdings_report on(messages::holdings_of) const {
    holdings_report all{held_.report(), {}, true};
    line_.for_each([&](const auto& w) {
      all.wanted.push_back(as_waiting(this->home(), {w.answer.asker(), false}, 1, w));
    });
    return all;
  }

  void on(const wait_withdrawn& news) { line_.take_withdrawn(news); }
  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    line_.take_ended(*whom);
    if (held_.take_ended(*whom) != 0) pass_on();
  }

 private:
  void pass_on() {
    if (!line_.empty()) grant(line_.take_first().answer);
  }
  void grant(promise<once_turn<T>> to) {
    const std::uint64_t number = held_.add({to.asker(), false});
    to.set_value(once_turn<T>{lock_guard(this->self(), number, number, false), std::nullopt});
  }
  /// A result that cannot be copied for one of those who wait costs that one only.
  void tell(promise<once_turn<T>>& answer) {
    try {
      answer.set_value(once_turn<T>{{}, result_});
    } catch (...) {
      answer.set_failure(failure_of(std::current_exception()));
    }
  }

  std::optional<result_of_once<T>> result_;
  watch_list watched_{this->home()};
  holdings held_{this->home(), watched_};
  waiting_room<once_turn<T>> line_{this->home(), watched_};
};

}  // namespace detail
}  // namespace troupe
