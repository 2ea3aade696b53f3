// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/lock_verbs.hpp>

namespace troupe::detail {

ask_operation<messages::lock_acquire> lock_verbs::acquire() const {
  return coordinator_.ask(messages::lock_acquire{{}, participant_here()});
}

ask_operation<messages::lock_acquire> lock_verbs::acquire_within(patience limit) const {
  return coordinator_.ask(messages::lock_acquire{limit, participant_here()});
}

ask_operation<messages::lock_acquire> lock_verbs::try_acquire() const {
  return acquire_within(std::chrono::nanoseconds{});
}

ask_operation<messages::lock_release> lock_verbs::release() const {
  return coordinator_.ask(messages::lock_release{participant_here()});
}

ask_operation<messages::lock_release_all> lock_verbs::release_all() const {
  return coordinator_.ask(messages::lock_release_all{participant_here()});
}

ask_operation<messages::lock_is_locked> lock_verbs::locked() const {
  return coordinator_.ask(messages::lock_is_locked{});
}

ask_operation<messages::lock_owner> lock_verbs::owner() const {
  return coordinator_.ask(messages::lock_owner{});
}

ask_operation<messages::lock_waiting> lock_verbs::waiting() const {
  return coordinator_.ask(messages::lock_waiting{});
}

ask_operation<messages::holdings_of> lock_verbs::holdings() const {
  return coordinator_.ask(messages::holdings_of{});
}

ask_operation<messages::lock_describe> lock_verbs::describe() const {
  return coordinator_.ask(messages::lock_describe{});
}

}  // namespace troupe::detail
