// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/actor_ref.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::detail {

/// Finds the actors of a system that have stood still for long, without a cost for those that do not: it
/// looks at all of them now and then. What it finds has seemed to stand still at each look and has
/// taken no message in between; whether it has been the same wait, the actor itself must say.
/// \thread an actor of that system, one at a time   \cost of a look: a cache miss per cell
class blocked_scan {
 public:
  /// Those that have stood still since `after` nanoseconds, and then again each time that this has doubled.
  /// At most `most` at once; the others come with the next look.
  std::vector<actor_ref<>> look(system_core& system, std::int64_t after, std::size_t most);

 private:
  struct standing {
    std::uint64_t taken;  ///< messages, when it was first seen
    std::int64_t since;
    std::int64_t due;  ///< when it is to be found (again)
    std::uint64_t look;
  };
  std::unordered_map<std::uint64_t, standing> known_;  ///< by slot and generation
  std::uint64_t looks_ = 0;
};

}  // namespace troupe::detail
