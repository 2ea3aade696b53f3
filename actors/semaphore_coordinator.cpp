// SPDX-License-Identifier: BSD-3-Clause
#include "semaphore_coordinator.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe::detail {

namespace {
std::size_t checked_value(std::ptrdiff_t value, bound limit) {
  if (value < 0) {
    throw std::invalid_argument(
        std::string(limit == bound::none ? "semaphore" : "bounded_semaphore") + ": the value " +
        std::to_string(value) + " is negative");
  }
  return static_cast<std::size_t>(value);
}
}  // namespace

semaphore_coordinator::semaphore_coordinator(std::ptrdiff_t value, bound limit)
    : initial_(checked_value(value, limit)), bound_(limit) {}

failure semaphore_coordinator::misuse(std::string what) const {
  return {errc::misuse, (is_bounded() ? "bounded_semaphore" : "semaphore") + std::move(what), {}};
}

void semaphore_coordinator::grant(promise<permits> to, const claimant& one) {
  const std::size_t of_the_dead = std::min(one.amount, abandoned_);
  abandoned_ -= of_the_dead;
  free_ -= one.amount - of_the_dead;
  to.set_value(permits(self(), held_.add(one.who, one.amount), one.amount, of_the_dead != 0));
}

void semaphore_coordinator::pass_on() {
  while (!line_.empty() && line_.first_note().amount <= value()) {
    auto next = line_.take_first();
    grant(std::move(next.answer), next.note);
  }
}

promise<permits> semaphore_coordinator::on(const messages::semaphore_acquire& m) {
  auto answer = make_promise<permits>();
  if (!answer) return answer;  // told, so there is nobody to have them
  const claimant one{participant_of(m.as, answer.asker()), m.amount};
  if (is_bounded() && m.amount > initial_) {
    answer.set_failure(misuse("::acquire: " + std::to_string(m.amount) + " of " +
                              std::to_string(initial_) + " can never be had"));
  } else if (line_.empty() && m.amount <= value()) {
    grant(answer, one);
  } else if (m.timeout && m.timeout->count() <= 0) {
    answer.set_value(permits(self(), 0, 0, false));
  } else {
    line_.park(answer, m.timeout, one);
  }
  return answer;
}

promise<void> semaphore_coordinator::on(const messages::semaphore_release& m) {
  auto answer = make_promise<void>();
  const participant who = participant_of(m.as, answer.asker());
  const std::size_t own = std::min(m.amount, held_.amount_of(who));
  const std::size_t owed_by_the_dead = std::min(m.amount - own, abandoned_);
  const std::size_t more = m.amount - owed_by_the_dead;
  const std::size_t most =
      is_bounded() ? initial_
                   : static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  if (more > most - std::min(most, value())) {
    answer.set_failure(misuse("::release: there would be more than " + std::to_string(most)));
    return answer;
  }
  held_.take_some(own, &who);
  abandoned_ -= owed_by_the_dead;
  free_ += owed_by_the_dead + more;
  if (is_bounded() && value() + held_.amount() > initial_) {
    held_.take_some(value() + held_.amount() - initial_, nullptr);  // released for others
  }
  pass_on();
  answer.set_value();
  return answer;
}

promise<void> semaphore_coordinator::on(const messages::claim_returned& m) {
  auto answer = make_promise<void>();
  if (const auto back = held_.take(m.number)) {
    (m.abandoned ? abandoned_ : free_) += back->amount;
    pass_on();
    answer.set_value();
  } else {
    answer.set_failure(misuse(": these permits are held no more"));
  }
  return answer;
}

promise<void> semaphore_coordinator::on(const messages::claim_kept& m) {
  auto answer = make_promise<void>();
  if (held_.take(m.number)) {
    answer.set_value();
  } else {
    answer.set_failure(misuse(": these permits are held no more"));
  }
  return answer;
}

std::string semaphore_coordinator::on(messages::semaphore_describe) const {
  if (!is_bounded()) return "semaphore: " + std::to_string(value());
  return "bounded_semaphore: " + std::to_string(value()) + "/" + std::to_string(initial_);
}

holdings_report semaphore_coordinator::on(messages::holdings_of) const {
  holdings_report all{held_.report(), {}, initial_ == 1};
  line_.for_each([&](const auto& w) {
    all.wanted.push_back(as_waiting(home(), w.note.who, w.note.amount, w));
  });
  return all;
}

void semaphore_coordinator::on(wait_expired news) {
  if (auto late = line_.take_expired(news)) late->answer.set_value(permits(self(), 0, 0, false));
  pass_on();  // it may have stood before those who want less
}

void semaphore_coordinator::on(const wait_withdrawn& news) {
  line_.take_withdrawn(news);
  pass_on();
}

void semaphore_coordinator::on(const down& news) {
  const auto whom = watched_.take(news);
  if (!whom) return;
  line_.take_ended(*whom);
  abandoned_ += held_.take_ended(*whom);
  pass_on();
}

}  // namespace troupe::detail
