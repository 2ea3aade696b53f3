// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/detail/semaphore_verbs.hpp>

namespace troupe::detail {

namespace {
std::size_t checked_permits(std::size_t amount, const char* verb) {
  if (amount == 0) throw std::invalid_argument(std::string(verb) + ": no permits");
  return amount;
}
}  // namespace

ask_operation<messages::semaphore_acquire> semaphore_verbs::acquire_within(std::size_t n,
                                                                           patience limit) const {
  return coordinator_.ask(messages::semaphore_acquire{checked_permits(n, "semaphore::acquire"),
                                                      limit, participant_here()});
}

ask_operation<messages::semaphore_acquire> semaphore_verbs::acquire(std::size_t n) const {
  return acquire_within(n, {});
}

ask_operation<messages::semaphore_acquire> semaphore_verbs::try_acquire(std::size_t n) const {
  return acquire_within(n, std::chrono::nanoseconds{});
}

ask_operation<messages::semaphore_release> semaphore_verbs::release(std::size_t n) const {
  return coordinator_.ask(
      messages::semaphore_release{checked_permits(n, "semaphore::release"), participant_here()});
}

ask_operation<messages::semaphore_value> semaphore_verbs::value() const {
  return coordinator_.ask(messages::semaphore_value{});
}

ask_operation<messages::semaphore_waiting> semaphore_verbs::waiting() const {
  return coordinator_.ask(messages::semaphore_waiting{});
}

ask_operation<messages::holdings_of> semaphore_verbs::holdings() const {
  return coordinator_.ask(messages::holdings_of{});
}

ask_operation<messages::semaphore_describe> semaphore_verbs::describe() const {
  return coordinator_.ask(messages::semaphore_describe{});
}

}  // namespace troupe::detail
