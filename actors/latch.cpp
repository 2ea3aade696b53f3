// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/detail/owner.hpp>
#include <troupe/latch.hpp>

#include "latch_coordinator.hpp"

namespace troupe {

static_assert(encodable<latch>, "a handle travels in messages");

namespace detail {

namespace {
std::size_t checked_count(std::ptrdiff_t count, std::ptrdiff_t least, const char* verb) {
  if (count < least) {
    throw std::invalid_argument(std::string(verb) + ": " + std::to_string(count) +
                                " is less than " + std::to_string(least));
  }
  return static_cast<std::size_t>(count);
}
}  // namespace

latch_coordinator::latch_coordinator(std::ptrdiff_t count)
    : left_(checked_count(count, 0, "latch::spawn")) {}

/// \return why not
std::optional<failure> latch_coordinator::count_down(std::size_t amount, const actor_ref<>& by,
                                                     const char* verb) {
  if (amount > left_) {
    return failure{errc::misuse,
                   std::string(verb) + ": " + std::to_string(amount) + " is more than the " +
                       std::to_string(left_) + " that are left",
                   {}};
  }
  left_ -= amount;
  if (left_ == 0) {
    accounts_.clear();
    for (auto& waiter : line_.take_all()) waiter.answer.set_value(true);
  } else if (by) {
    accounts_[by].paid += amount;
  }
  return std::nullopt;
}

promise<void> latch_coordinator::on(const messages::latch_count_down& m) {
  auto answer = make_promise<void>();
  if (auto why = count_down(m.amount, answer.asker(), "latch::count_down")) {
    answer.set_failure(*std::move(why));
  } else {
    answer.set_value();
  }
  return answer;
}

promise<bool> latch_coordinator::on(const messages::latch_wait& m) {
  auto answer = make_promise<bool>();
  if (m.arriving != 0) {
    if (auto why = count_down(m.arriving, answer.asker(), "latch::arrive_and_wait")) {
      answer.set_failure(*std::move(why));
      return answer;
    }
  }
  if (broken_) {
    answer.set_failure(*broken_);
  } else if (left_ == 0 || (m.timeout && m.timeout->count() <= 0)) {
    answer.set_value(left_ == 0);
  } else {
    line_.park(answer, m.timeout);
  }
  return answer;
}

void latch_coordinator::on(const messages::latch_enroll& m) {
  if (left_ == 0 || !m.party) return;
  watched_.add(m.party);
  accounts_[m.party].owed += m.amount;
}

std::string latch_coordinator::on(messages::latch_describe) const {
  if (broken_) return "latch: broken";
  return left_ == 0 ? "latch: open" : "latch: " + std::to_string(left_) + " left";
}

void latch_coordinator::on(wait_expired news) {
  if (auto late = line_.take_expired(news)) late->answer.set_value(false);
}

void latch_coordinator::on(const down& news) {
  const auto whom = watched_.take(news);
  if (!whom) return;
  line_.take_ended(*whom);
  const auto found = accounts_.find(*whom);
  if (found == accounts_.end() || found->second.owed <= found->second.paid || broken_) return;
  broken_ = failure{errc::broken,
                    "the latch is broken: " + (news.name.empty() ? "the actor" : news.name) + " " +
                        to_string(*whom) +
                        " ended before it had counted down what it owed: " + to_string(news.reason),
                    news.reason};
  for (auto& waiter : line_.take_all()) waiter.answer.set_failure(*broken_);
}

}  // namespace detail

latch latch::spawn(actor_system& system, std::ptrdiff_t count) {
  return latch(system.spawn<detail::latch_coordinator>(count));
}
latch latch::spawn_owned(std::ptrdiff_t count) {
  detail::cell& owner = detail::owner_here("latch::spawn_owned");
  return latch(detail::spawn_class<detail::latch_coordinator>(*owner.system.load(), &owner, count));
}

ask_operation<messages::latch_count_down> latch::count_down(std::ptrdiff_t n) const {
  return coordinator_.ask(
      messages::latch_count_down{detail::checked_count(n, 1, "latch::count_down")});
}

ask_operation<messages::latch_wait> latch::wait(std::chrono::nanoseconds timeout) const {
  return coordinator_.ask(
      messages::latch_wait{0, detail::checked_patience(timeout, "latch::wait")});
}

ask_operation<messages::latch_wait> latch::try_wait() const {
  return wait(std::chrono::nanoseconds{});
}

ask_operation<messages::latch_wait> latch::arrive_and_wait(std::ptrdiff_t n) const {
  return coordinator_.ask(
      messages::latch_wait{detail::checked_count(n, 1, "latch::arrive_and_wait"), {}});
}

ask_operation<messages::latch_enroll> latch::enroll(const actor_ref<>& party,
                                                    std::ptrdiff_t n) const {
  if (!party) throw std::invalid_argument("latch::enroll: the actor_ref refers to nobody");
  return coordinator_.ask(
      messages::latch_enroll{party, detail::checked_count(n, 1, "latch::enroll")});
}

ask_operation<messages::latch_wait> latch::wait() const {
  return coordinator_.ask(messages::latch_wait{});
}

ask_operation<messages::latch_count> latch::count() const {
  return coordinator_.ask(messages::latch_count{});
}

ask_operation<messages::latch_broken> latch::broken() const {
  return coordinator_.ask(messages::latch_broken{});
}

ask_operation<messages::latch_waiting> latch::waiting() const {
  return coordinator_.ask(messages::latch_waiting{});
}

ask_operation<messages::latch_describe> latch::describe() const {
  return coordinator_.ask(messages::latch_describe{});
}

}  // namespace troupe
