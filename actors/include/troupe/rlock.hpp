// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/lock_verbs.hpp>

namespace troupe {

class actor_system;

/// A lock that its holder may acquire again without waiting; it is free when all its guards have gone, or
/// as many levels have been released. Only the holder may release it. If the holder ends, all levels are
/// free at once, and the next in line is told. For all the rest: lock.
class rlock : public detail::lock_verbs {
 public:
  rlock() = default;

  /// A new one, free. It lives as long as the system, or until its coordinator is stopped.
  static rlock spawn(actor_system& system);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static rlock spawn_owned();

  /// How many levels who asks has acquired; 0 also if somebody else holds it.
  ask_operation<messages::lock_count> count() const;

 private:
  explicit rlock(const coordinator_ref& coordinator) noexcept : lock_verbs(coordinator) {}
};

}  // namespace troupe
