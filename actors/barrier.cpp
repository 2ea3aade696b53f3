// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/barrier.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <unordered_set>

namespace troupe {

static_assert(encodable<barrier>, "a handle travels in messages");

namespace detail {

/// Counts arrivals, lets a full round go, and breaks when a round cannot become full any more.
class barrier_coordinator
    : public actor<messages::barrier_wait, messages::barrier_reset, messages::barrier_abort,
                   messages::barrier_enroll, messages::barrier_leave, messages::barrier_parties,
                   messages::barrier_n_waiting, messages::barrier_broken,
                   messages::barrier_describe, wait_expired, wait_withdrawn> {
 public:
  explicit barrier_coordinator(barrier_options options) : options_(std::move(options)) {
    if (options_.parties < 1) {
      throw std::invalid_argument("barrier_options.parties is " + std::to_string(options_.parties) +
                                  "; a barrier needs at least 1");
    }
    if (options_.timeout && *options_.timeout < std::chrono::nanoseconds{}) {
      throw std::invalid_argument("barrier_options.timeout is negative");
    }
  }

  promise<int> on(const messages::barrier_wait& m) {
    auto answer = make_promise<int>();
    if (broken_) {
      answer.set_failure(*broken_);
      return answer;
    }
    const bool last = on(messages::barrier_n_waiting{}) + 1 == options_.parties;
    const patience limit = last ? std::nullopt : m.timeout ? m.timeout : options_.timeout;
    if (line_.park(answer, limit) && last) let_go();
    return answer;
  }

  void on(messages::barrier_reset) {
    end_round({errc::broken, "the barrier was reset during the wait", {}});
    broken_.reset();
  }
  void on(messages::barrier_abort) { become_broken("it was aborted"); }

  void on(const messages::barrier_enroll& m) {
    for (const auto& member : m.parties) {
      if (!member) continue;
      watched_.add(member);
      enrolled_.insert(member);
    }
  }
  bool on(const messages::barrier_leave& m) { return enrolled_.erase(m.party) != 0; }

  int on(messages::barrier_parties) const { return options_.parties; }
  int on(messages::barrier_n_waiting) const { return static_cast<int>(line_.size()); }
  bool on(messages::barrier_broken) const { return broken_.has_value(); }
  std::string on(messages::barrier_describe) const {
    if (broken_) return "barrier: broken";
    return "barrier: " + std::to_string(line_.size()) + "/" + std::to_string(options_.parties) +
           " waiting";
  }

  void on(wait_expired news) {
    auto late = line_.take_expired(news);
    if (!late) return;
    become_broken("not all had arrived when the time of " + to_string(late->answer.asker()) +
                  " was up");
    late->answer.set_failure(*broken_);
  }

  /// It is not counted any more. That may be the first news of its end, and then the other follows; if
  /// not, it may come again.
  void on(const wait_withdrawn& news) {
    if (const auto gone = line_.take_withdrawn(news)) left_.insert(gone->answer.asker());
  }

  void on(const down& news) {
    const auto whom = watched_.take(news);
    if (!whom) return;
    const bool waited = !line_.take_ended(*whom).empty() || left_.erase(*whom) != 0;
    const bool enrolled = enrolled_.erase(*whom) != 0;
    if (!waited && !enrolled) return;
    const std::string name = news.name.empty() ? "the actor" : news.name;
    become_broken(name + " " + to_string(*whom) +
                      (waited ? " ended while it waited: " : " ended before it arrived: ") +
                      to_string(news.reason),
                  news.reason);
  }

 private:
  void let_go() {
    try {
      if (options_.action) options_.action();
    } catch (...) {
      become_broken("its action threw " + failure_of(std::current_exception()).text);
      return;
    }
    left_.clear();
    int index = 0;
    for (auto& party : line_.take_all()) party.answer.set_value(index++);
  }

  void end_round(const failure& f) {
    left_.clear();
    for (auto& party : line_.take_all()) party.answer.set_failure(f);
  }

  /// The first cause is the one that is told until reset.
  void become_broken(const std::string& why, exit_reason of_the_dead = {}) {
    if (!broken_) {
      broken_ = failure{errc::broken, "the barrier is broken: " + why, std::move(of_the_dead)};
    }
    end_round(*broken_);
  }

  const barrier_options options_;
  std::optional<failure> broken_;
  std::unordered_set<actor_ref<>> enrolled_;
  std::unordered_set<actor_ref<>> left_;  ///< gave up their wait in this round
  watch_list watched_{home()};
  waiting_room<int> line_{home(), watched_};
};

}  // namespace detail

barrier barrier::spawn(actor_system& system, barrier_options options) {
  return barrier(system.spawn<detail::barrier_coordinator>(std::move(options)));
}
barrier barrier::spawn_owned(barrier_options options) {
  detail::cell& owner = detail::owner_here("barrier::spawn_owned");
  return barrier(detail::spawn_class<detail::barrier_coordinator>(*owner.system.load(), &owner,
                                                                  std::move(options)));
}

ask_operation<messages::barrier_wait> barrier::wait(std::chrono::nanoseconds timeout) const {
  return coordinator_.ask(
      messages::barrier_wait{detail::checked_patience(timeout, "barrier::wait")});
}

ask_operation<messages::barrier_enroll> barrier::enroll(std::vector<actor_ref<>> members) const {
  for (const auto& member : members) {
    if (!member) throw std::invalid_argument("barrier::enroll: a member refers to nobody");
  }
  return coordinator_.ask(messages::barrier_enroll{std::move(members)});
}

ask_operation<messages::barrier_wait> barrier::wait() const {
  return coordinator_.ask(messages::barrier_wait{});
}

ask_operation<messages::barrier_reset> barrier::reset() const {
  return coordinator_.ask(messages::barrier_reset{});
}

ask_operation<messages::barrier_abort> barrier::abort() const {
  return coordinator_.ask(messages::barrier_abort{});
}

ask_operation<messages::barrier_leave> barrier::leave(const actor_ref<>& member) const {
  return coordinator_.ask(messages::barrier_leave{member});
}

ask_operation<messages::barrier_parties> barrier::parties() const {
  return coordinator_.ask(messages::barrier_parties{});
}

ask_operation<messages::barrier_n_waiting> barrier::n_waiting() const {
  return coordinator_.ask(messages::barrier_n_waiting{});
}

ask_operation<messages::barrier_broken> barrier::broken() const {
  return coordinator_.ask(messages::barrier_broken{});
}

ask_operation<messages::barrier_describe> barrier::describe() const {
  return coordinator_.ask(messages::barrier_describe{});
}

}  // namespace troupe
