// SPDX-License-Identifier: BSD-3-Clause
#include "lock_coordinator.hpp"

namespace troupe::detail {

bool lock_coordinator::is_open_to(const participant& who) const noexcept {
  return held_.empty() || (recursion_ == recursion::by_owner && held_.oldest().who == who);
}

void lock_coordinator::grant(promise<lock_guard> to, const participant& who) {
  const bool changes_hands = held_.empty();
  const std::uint64_t number = held_.add(who);
  if (changes_hands) fence_ = number;
  to.set_value(lock_guard(self(), number, fence_, std::exchange(abandoned_, false)));
}

void lock_coordinator::pass_on() {
  while (!line_.empty() && is_open_to(line_.first_note().who)) {
    auto next = line_.take_first();
    if (next.note.woken) {
      give_back_to(*next.note.woken, next.note.notified);
    } else {
      grant(std::move(next.answer), next.note.who);
    }
  }
  settle_urgency();
}

/// The one who holds it works for those in line: its turns come first if one of theirs would.
void lock_coordinator::settle_urgency() {
  if (!urgent_) return;
  urgent_ = false;
  line_.for_each([&](const auto& w) { urgent_ |= w.note.urgent; });
  const bool lends = urgent_ && !held_.empty() && !held_.oldest().who.thread;
  loan_.lend(lends ? held_.oldest().who.actor : actor_ref<>{});
}

failure lock_coordinator::misuse(const char* what) const {
  return {errc::misuse, std::string(recursion_ == recursion::none ? "lock" : "rlock") + what, {}};
}

promise<lock_guard> lock_coordinator::on(const messages::lock_acquire& m) {
  auto answer = make_promise<lock_guard>();
  if (!answer) return answer;  // told, so there is nobody to have it
  const participant who = participant_of(m.as, answer.asker());
  if (is_open_to(who)) {
    grant(answer, who);
  } else if (m.timeout && m.timeout->count() <= 0) {
    answer.set_value(lock_guard(self(), 0, 0, false));
  } else {
    claimant one{who, {}, false, is_urgent_actor(answer.asker().where())};
    urgent_ |= one.urgent;
    hear_of_urgency(home());
    line_.park(answer, m.timeout, std::move(one));
    settle_urgency();
  }
  return answer;
}

promise<void> lock_coordinator::on(const messages::lock_release& m) {
  auto answer = make_promise<void>();
  if (held_.empty()) {
    if (std::exchange(abandoned_, false)) {
      answer.set_value();  // this is the release that the dead owed
    } else {
      answer.set_failure(misuse("::release: nobody holds it"));
    }
  } else if (recursion_ == recursion::by_owner &&
             held_.oldest().who != participant_of(m.as, answer.asker())) {
    answer.set_failure(misuse("::release: somebody else holds it"));
  } else {
    held_.take(held_.newest());
    pass_on();
    answer.set_value();
  }
  return answer;
}

promise<std::size_t> lock_coordinator::on(const messages::lock_release_all& m) {
  auto answer = make_promise<std::size_t>();
  const auto levels = held_.take_all_of(participant_of(m.as, answer.asker()));
  if (levels.empty()) {
    answer.set_failure(misuse("::release_all: who asks does not hold it"));
  } else {
    pass_on();
    answer.set_value(levels.size());
  }
  return answer;
}

promise<void> lock_coordinator::on(const messages::claim_returned& m) {
  auto answer = make_promise<void>();
  if (held_.take(m.number)) {
    abandoned_ |= m.abandoned;
    pass_on();
    answer.set_value();
  } else if (drop_asleep(m.number)) {
    answer.set_value();
  } else {
    answer.set_failure(misuse(": this guard does not hold it any more"));
  }
  return answer;
}

std::optional<holding> lock_coordinator::on(messages::lock_owner) const {
  if (held_.empty()) return std::nullopt;
  const auto& [who, amount, since] = held_.oldest();
  return as_reported(home(), who, held_.amount_of(who), since);
}

promise<std::size_t> lock_coordinator::on(const messages::lock_count& m) {
  auto answer = make_promise<std::size_t>();
  answer.set_value(held_.amount_of(participant_of(m.as, answer.asker())));
  return answer;
}

std::string lock_coordinator::on(messages::lock_describe) const {
  std::string text = recursion_ == recursion::none ? "lock: " : "rlock: ";
  if (held_.empty()) return text + (abandoned_ ? "unlocked, abandoned" : "unlocked");
  text += "locked";
  const std::size_t levels = held_.amount_of(held_.oldest().who);
  if (levels > 1) text += ", " + std::to_string(levels) + " levels";
  return text;
}

holdings_report lock_coordinator::on(messages::holdings_of) const {
  holdings_report all{held_.report(), {}, true};
  line_.for_each(
      [&](const auto& w) { all.wanted.push_back(as_waiting(home(), w.note.who, 1, w)); });
  return all;
}

void lock_coordinator::on(wait_expired news) {
  if (auto late = line_.take_expired(news)) {
    late->answer.set_value(lock_guard(self(), 0, 0, false));
    settle_urgency();
  } else if (auto unwoken = asleep_.take_expired(news)) {
    wake(std::move(*unwoken), false);
    pass_on();
  }
}

void lock_coordinator::on(const wait_withdrawn& news) {
  if (const auto gone = line_.take_withdrawn(news)) {
    left_the_line(gone->note);
    settle_urgency();
  } else {
    asleep_.take_withdrawn(news);
  }
}

void lock_coordinator::on(const urgency_news& news) {
  line_.for_each([&](auto& w) {
    if (w.question.id == news.id && w.answer.asker().where() == news.asker)
      w.note.urgent = news.urgent;
  });
  urgent_ = true;
  settle_urgency();
}

void lock_coordinator::on(const down& news) {
  const auto whom = watched_.take(news);
  if (!whom) return;
  asleep_.take_ended(*whom);
  for (const auto& gone : line_.take_ended(*whom)) left_the_line(gone.note);
  if (held_.take_ended(*whom) != 0) {
    abandoned_ = true;
    pass_on();
  }
  settle_urgency();
}

// Conditions --------------------------------------------------------------------------------------

promise<wait_result> lock_coordinator::on(const messages::condition_wait& m) {
  const auto question = current_question(home());  // one, which both of its promises answer
  promise<wait_result> answer(question);
  if (!answer) return answer;
  const participant who = participant_of(m.as, answer.asker());
  auto levels = held_.take_all_of(who);
  if (levels.empty()) {
    answer.set_failure({errc::misuse, "condition::wait: who asks does not hold the lock", {}});
    return answer;
  }
  asleep_.park(answer, m.timeout, {m.condition, who, std::move(levels), question});
  pass_on();
  return answer;
}

promise<std::size_t> lock_coordinator::on(const messages::condition_notify& m) {
  auto answer = make_promise<std::size_t>();
  if (held_.amount_of(participant_of(m.as, answer.asker())) == 0) {
    answer.set_failure({errc::misuse, "condition::notify: who asks does not hold the lock", {}});
  } else {
    answer.set_value(notify(m.condition, m.waiters_max));
    settle_urgency();
  }
  return answer;
}

std::size_t lock_coordinator::on(messages::condition_waiting m) const {
  std::size_t waiting = 0;
  asleep_.for_each([&](const auto& w) { waiting += w.note.condition == m.condition; });
  return waiting;
}

std::size_t lock_coordinator::notify(std::uint64_t condition, std::size_t waiters_max) {
  std::size_t woken = 0;
  while (woken < waiters_max) {
    auto next = asleep_.take_first_if([&](const sleeper& s) { return s.condition == condition; });
    if (!next) break;
    wake(std::move(*next), true);
    ++woken;
  }
  return woken;
}

/// It goes on when it has the lock back.
void lock_coordinator::wake(sleepers::waiter one, bool notified) {
  promise<lock_guard> answer(one.note.question);
  const participant who = one.note.who;
  const bool urgent = is_urgent_actor(answer.asker().where());
  urgent_ |= urgent;
  line_.park_again(std::move(answer), one.question, {who, std::move(one.note), notified, urgent});
}

void lock_coordinator::give_back_to(sleeper& woken, bool notified) {
  const bool changes_hands = held_.empty();
  for (const auto& [number, level] : woken.levels) held_.put_back(number, level);
  if (changes_hands) fence_ = held_.next_number();
  wait_result result{notified, std::exchange(abandoned_, false), fence_};
  if (result.abandoned) result.news = abandonment_news(self());
  promise<wait_result>(woken.question).set_value(std::move(result));
}

/// A notification that reached one who has gone is for the next.
void lock_coordinator::left_the_line(const claimant& gone) {
  if (gone.notified) notify(gone.woken->condition, 1);
}

/// A guard has gone whose holder waits for a condition. \return false: there is none like that
bool lock_coordinator::drop_asleep(std::uint64_t number) {
  bool found = false;
  const auto drop = [&](sleeper& s) {
    found |= std::erase_if(s.levels, [&](const auto& level) { return level.first == number; }) != 0;
  };
  asleep_.for_each([&](auto& w) { drop(w.note); });
  line_.for_each([&](auto& w) {
    if (w.note.woken) drop(*w.note.woken);
  });
  asleep_.take_first_if([](const sleeper& s) { return s.levels.empty(); });
  const auto gone =
      line_.take_first_if([](const claimant& c) { return c.woken && c.woken->levels.empty(); });
  if (gone) left_the_line(gone->note);
  settle_urgency();
  return found;
}

}  // namespace troupe::detail
