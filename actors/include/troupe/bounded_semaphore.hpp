// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/semaphore_verbs.hpp>

namespace troupe {

class actor_system;

/// A semaphore that never has more permits than at first: releasing one too many is an error, which says
/// so. For all the rest: semaphore.
class bounded_semaphore : public detail::semaphore_verbs {
 public:
  bounded_semaphore() = default;

  /// A new one. It lives as long as the system, or until its coordinator is stopped.
  /// \throws std::invalid_argument if `value` is negative
  static bounded_semaphore spawn(actor_system& system, std::ptrdiff_t value = 1);
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static bounded_semaphore spawn_owned(std::ptrdiff_t value = 1);

 private:
  explicit bounded_semaphore(const coordinator_ref& c) noexcept : semaphore_verbs(c) {}
};

}  // namespace troupe
