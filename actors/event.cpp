// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/owner.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <troupe/event.hpp>

namespace troupe {

using namespace std::chrono_literals;

static_assert(encodable<event>, "a handle travels in messages");

namespace detail {

/// The flag and those who wait for it.
class event_coordinator
    : public actor<messages::event_set, messages::event_clear, messages::event_is_set,
                   messages::event_wait, messages::event_waiting, messages::event_describe,
                   wait_expired, wait_withdrawn> {
 public:
  void on(messages::event_set) {
    set_ = true;
    for (auto& waiter : line_.take_all()) waiter.answer.set_value(true);
  }
  void on(messages::event_clear) { set_ = false; }
  bool on(messages::event_is_set) const { return set_; }

  promise<bool> on(const messages::event_wait& m) {
    auto answer = make_promise<bool>();
    if (set_ || (m.timeout && *m.timeout <= 0ns)) {
      answer.set_value(set_);
    } else {
      line_.park(answer, m.timeout);
    }
    return answer;
  }

  std::size_t on(messages::event_waiting) const { return line_.size(); }
  std::string on(messages::event_describe) const { return set_ ? "event: set" : "event: unset"; }

  void on(wait_expired news) {
    if (auto waiter = line_.take_expired(news)) waiter->answer.set_value(false);
  }
  void on(const wait_withdrawn& news) { line_.take_withdrawn(news); }
  void on(const down& news) {
    if (const auto whom = watched_.take(news)) line_.take_ended(*whom);
  }

 private:
  bool set_ = false;
  watch_list watched_{home()};
  waiting_room<bool> line_{home(), watched_};
};

}  // namespace detail

event event::spawn(actor_system& system) {
  return event(system.spawn<detail::event_coordinator>());
}
event event::spawn_owned() {
  detail::cell& owner = detail::owner_here("event::spawn_owned");
  return event(detail::spawn_class<detail::event_coordinator>(*owner.system.load(), &owner));
}

ask_operation<messages::event_wait> event::wait(std::chrono::nanoseconds timeout) const {
  return coordinator_.ask(messages::event_wait{detail::checked_patience(timeout, "event::wait")});
}

ask_operation<messages::event_set> event::set() const {
  return coordinator_.ask(messages::event_set{});
}

ask_operation<messages::event_clear> event::clear() const {
  return coordinator_.ask(messages::event_clear{});
}

ask_operation<messages::event_is_set> event::is_set() const {
  return coordinator_.ask(messages::event_is_set{});
}

ask_operation<messages::event_wait> event::wait() const {
  return coordinator_.ask(messages::event_wait{});
}

ask_operation<messages::event_waiting> event::waiting() const {
  return coordinator_.ask(messages::event_waiting{});
}

ask_operation<messages::event_describe> event::describe() const {
  return coordinator_.ask(messages::event_describe{});
}

}  // namespace troupe
