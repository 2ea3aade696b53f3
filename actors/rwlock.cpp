// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/owner.hpp>
#include <troupe/rwlock.hpp>

#include "rwlock_coordinator.hpp"

namespace troupe {

static_assert(encodable<rwlock>, "a handle travels in messages");

namespace detail {

void rwlock_coordinator::grant(promise<lock_guard> to, const claimant& one) {
  const bool changes_hands = held_.empty();
  const std::uint64_t number = held_.add(one.who);
  if (changes_hands) fence_ = number;
  shared_ = one.shared;
  // Who only reads cannot repair, so the next one is told as well.
  const bool abandoned = one.shared ? abandoned_ : std::exchange(abandoned_, false);
  to.set_value(lock_guard(self(), number, fence_, abandoned));
}

void rwlock_coordinator::pass_on() {
  while (!line_.empty() && is_open_to(line_.first_note())) {
    auto next = line_.take_first();
    grant(std::move(next.answer), next.note);
  }
}

failure rwlock_coordinator::misuse(const char* what) {
  return {errc::misuse, std::string("rwlock") + what, {}};
}

promise<lock_guard> rwlock_coordinator::on(const messages::rwlock_acquire& m) {
  auto answer = make_promise<lock_guard>();
  if (!answer) return answer;  // told, so there is nobody to have it
  const claimant one{participant_of(m.as, answer.asker()), m.shared};
  if (line_.empty() && is_open_to(one)) {
    grant(answer, one);
  } else if (m.timeout && m.timeout->count() <= 0) {
    answer.set_value(lock_guard(self(), 0, 0, false));
  } else {
    line_.park(answer, m.timeout, one);
  }
  return answer;
}

promise<void> rwlock_coordinator::on(const messages::rwlock_release& m) {
  auto answer = make_promise<void>();
  const participant who = participant_of(m.as, answer.asker());
  if (held_.take_some(1, &who) == 0) {
    answer.set_failure(misuse("::release: who asks does not hold it"));
  } else {
    pass_on();
    answer.set_value();
  }
  return answer;
}

promise<void> rwlock_coordinator::on(const messages::claim_returned& m) {
  auto answer = make_promise<void>();
  if (held_.take(m.number)) {
    abandoned_ |= m.abandoned && !shared_;
    pass_on();
    answer.set_value();
  } else {
    answer.set_failure(misuse(": this guard does not hold it any more"));
  }
  return answer;
}

std::string rwlock_coordinator::on(messages::rwlock_describe) const {
  std::string text = "rwlock: unlocked";
  if (!held_.empty()) {
    const std::size_t readers = held_.amount();
    text = !shared_       ? "rwlock: written"
           : readers == 1 ? "rwlock: 1 reader"
                          : "rwlock: " + std::to_string(readers) + " readers";
  }
  return abandoned_ ? text + ", abandoned" : text;
}

/// One who wants to read while others do waits for a writer before it: if all of these may give up, who has
/// the lock is not the only one that can help.
holdings_report rwlock_coordinator::on(messages::holdings_of) const {
  holdings_report all{held_.report(), {}, true};
  bool writer_stays = !shared_;
  line_.for_each([&](const auto& w) {
    holding one = as_waiting(home(), w.note.who, 1, w);
    writer_stays |= !w.note.shared && !one.limited;
    one.limited |= !writer_stays;
    all.wanted.push_back(one);
  });
  return all;
}

void rwlock_coordinator::on(wait_expired news) {
  if (auto late = line_.take_expired(news)) late->answer.set_value(lock_guard(self(), 0, 0, false));
  pass_on();  // it may have been a writer, with readers behind it
}

void rwlock_coordinator::on(const wait_withdrawn& news) {
  line_.take_withdrawn(news);
  pass_on();
}

void rwlock_coordinator::on(const down& news) {
  const auto whom = watched_.take(news);
  if (!whom) return;
  line_.take_ended(*whom);
  if (held_.take_ended(*whom) != 0) abandoned_ |= !shared_;
  pass_on();
}

}  // namespace detail

rwlock rwlock::spawn(actor_system& system) {
  return rwlock(system.spawn<detail::rwlock_coordinator>());
}
rwlock rwlock::spawn_owned() {
  detail::cell& owner = detail::owner_here("rwlock::spawn_owned");
  return rwlock(detail::spawn_class<detail::rwlock_coordinator>(*owner.system.load(), &owner));
}

ask_operation<messages::rwlock_acquire> rwlock::acquire_within(bool shared,
                                                               detail::patience limit) const {
  return coordinator_.ask(messages::rwlock_acquire{shared, limit, detail::participant_here()});
}

ask_operation<messages::rwlock_acquire> rwlock::acquire() const {
  return acquire_within(false, {});
}

ask_operation<messages::rwlock_acquire> rwlock::try_acquire() const {
  return acquire_within(false, std::chrono::nanoseconds{});
}

ask_operation<messages::rwlock_acquire> rwlock::acquire_shared() const {
  return acquire_within(true, {});
}

ask_operation<messages::rwlock_acquire> rwlock::try_acquire_shared() const {
  return acquire_within(true, std::chrono::nanoseconds{});
}

ask_operation<messages::rwlock_release> rwlock::release() const {
  return coordinator_.ask(messages::rwlock_release{detail::participant_here()});
}

ask_operation<messages::rwlock_is_locked> rwlock::locked() const {
  return coordinator_.ask(messages::rwlock_is_locked{});
}

ask_operation<messages::rwlock_waiting> rwlock::waiting() const {
  return coordinator_.ask(messages::rwlock_waiting{});
}

ask_operation<messages::holdings_of> rwlock::holdings() const {
  return coordinator_.ask(messages::holdings_of{});
}

ask_operation<messages::rwlock_describe> rwlock::describe() const {
  return coordinator_.ask(messages::rwlock_describe{});
}

}  // namespace troupe
