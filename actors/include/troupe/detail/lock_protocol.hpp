// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/detail/abandonment_news.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/participant.hpp>
#include <troupe/holdings.hpp>
#include <troupe/lock_guard.hpp>

namespace troupe {

/// How a wait for a condition came out. The lock is held again in either case.
struct [[nodiscard]] wait_result {
  bool notified = false;               ///< false: the time was up
  bool abandoned = false;              ///< the one who held the lock last ended while it did so
  std::uint64_t fence = 0;             ///< the lock's, which has risen; that of the guard is old
  detail::abandonment_news news = {};  ///< for the runtime

  void reached_asker() noexcept { news.reached_asker(); }  ///< for the runtime
  explicit operator bool() const noexcept { return notified; }
};

}  // namespace troupe

namespace troupe::messages {

/// Answered with an empty guard when the time is up.
struct lock_acquire {
  using reply = lock_guard;
  std::optional<std::chrono::nanoseconds> timeout;
  detail::participant as;
};
/// Releases the last level, without its guard.
struct lock_release {
  detail::participant as;
};
/// The same for all levels; answered with how many there were.
struct lock_release_all {
  using reply = std::size_t;
  detail::participant as;
};
struct lock_is_locked {
  using reply = bool;
};
struct lock_owner {
  using reply = std::optional<holding>;
};
/// How many levels who asks has taken.
struct lock_count {
  using reply = std::size_t;
  detail::participant as;
};
struct lock_waiting {
  using reply = std::size_t;
};
struct lock_describe {
  using reply = std::string;
};

/// Who asks holds the lock; it is free during the wait, and held again, at all its levels, afterwards.
struct condition_wait {
  using reply = wait_result;
  std::uint64_t condition = 0;  ///< a lock may have many
  std::optional<std::chrono::nanoseconds> timeout;
  detail::participant as;
};
/// Answered with how many were woken.
struct condition_notify {
  using reply = std::size_t;
  std::uint64_t condition = 0;
  std::size_t waiters_max = 1;
  detail::participant as;
};
struct condition_waiting {
  using reply = std::size_t;
  std::uint64_t condition = 0;
};

}  // namespace troupe::messages

namespace troupe::detail {

/// `Of<Ms...>` with all that the coordinator of a lock understands, and More.
template <template <class...> class Of, class... More>
using with_lock_messages =
    Of<messages::lock_acquire, messages::lock_release, messages::lock_release_all,
       messages::lock_is_locked, messages::lock_owner, messages::lock_count, messages::lock_waiting,
       messages::lock_describe, messages::claim_returned, messages::abandonment_unheard,
       messages::holdings_of, messages::condition_wait, messages::condition_notify,
       messages::condition_waiting, More...>;

using lock_ref = with_lock_messages<actor_ref>;

}  // namespace troupe::detail
