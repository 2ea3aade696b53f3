// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <troupe/rlock.hpp>

namespace troupe {

/// The lock that a value or an array carries, as Python's do, for what takes several questions and cannot be
/// one function. Its verbs do not look at it.
struct shared_options {
  bool locked = true;  ///< whether get_lock() gives one
  std::optional<rlock> lock =
      {};  ///< this one; nothing: one of its own, made when it is first asked for
};

namespace messages {
/// Answered with the lock that is carried, or with errc::misuse.
struct keeper_lock {
  using reply = rlock;
};
}  // namespace messages

namespace detail {
/// \throws std::invalid_argument naming the option
shared_options checked_options(shared_options options);
failure no_lock_carried();
}  // namespace detail

}  // namespace troupe
