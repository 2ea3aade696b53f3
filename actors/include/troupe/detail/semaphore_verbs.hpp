// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/participant.hpp>
#include <troupe/detail/patience.hpp>
#include <troupe/holdings.hpp>
#include <troupe/permits.hpp>

namespace troupe::messages {

/// Answered with none when the time is up.
struct semaphore_acquire {
  using reply = permits;
  std::size_t amount = 1;
  std::optional<std::chrono::nanoseconds> timeout;
  detail::participant as;
};
struct semaphore_release {
  std::size_t amount = 1;
  detail::participant as;
};
struct semaphore_value {
  using reply = std::size_t;
};
struct semaphore_waiting {
  using reply = std::size_t;
};
struct semaphore_describe {
  using reply = std::string;
};

}  // namespace troupe::messages

namespace troupe::detail {

template <template <class...> class Of, class... More>
using with_semaphore_messages =
    Of<messages::semaphore_acquire, messages::semaphore_release, messages::semaphore_value,
       messages::semaphore_waiting, messages::semaphore_describe, messages::claim_returned,
       messages::claim_kept, messages::holdings_of, More...>;

/// The verbs that both kinds of semaphore have.
class semaphore_verbs : public with_semaphore_messages<handle> {
 public:
  semaphore_verbs() = default;

  /// Waits for `n` permits at once, first come first served: who wants many is not overtaken by those who
  /// want few. \throws std::invalid_argument if n is 0; misuse_error if there can never be so many
  ask_operation<messages::semaphore_acquire> acquire(std::size_t n = 1) const;
  /// \param timeout  longest wait, never shorter; 0: just tries   \return none: the time is up
  /// \throws std::invalid_argument if it is negative, or n is 0
  template <class Rep, class Period>
  ask_operation<messages::semaphore_acquire> acquire(
      std::size_t n, std::chrono::duration<Rep, Period> timeout) const {
    return acquire_within(n, checked_patience(timeout, "semaphore::acquire"));
  }
  template <class Rep, class Period>
  ask_operation<messages::semaphore_acquire> acquire(
      std::chrono::duration<Rep, Period> timeout) const {
    return acquire(1, timeout);
  }
  /// \return none if there are not so many, or others wait
  ask_operation<messages::semaphore_acquire> try_acquire(std::size_t n = 1) const;

  /// Gives `n` back without their guard: those that who asks holds, then those that somebody held who has
  /// ended (they are back already; this settles it), then new ones. Of a bounded one there are no new
  /// ones: then it is those that were kept, or that others hold.
  /// \throws std::invalid_argument if n is 0; misuse_error if a bounded one would have more than at first
  ask_operation<messages::semaphore_release> release(std::size_t n = 1) const;

  /// How many can be acquired now.
  ask_operation<messages::semaphore_value> value() const;
  /// How many wait.
  ask_operation<messages::semaphore_waiting> waiting() const;
  /// Who holds some and who waits for some.
  ask_operation<messages::holdings_of> holdings() const;
  /// "semaphore: 2", "bounded_semaphore: 1/2".
  ask_operation<messages::semaphore_describe> describe() const;

 protected:
  explicit semaphore_verbs(const coordinator_ref& coordinator) noexcept : handle(coordinator) {}

 private:
  ask_operation<messages::semaphore_acquire> acquire_within(std::size_t n, patience limit) const;
};

}  // namespace troupe::detail
