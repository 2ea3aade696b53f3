// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace troupe::detail {

/// What brings peers about and is no part of this module: a cluster. The nodes keep it as long as the system
/// lives, and end it.
class peer_source {
 public:
  virtual ~peer_source() = default;
  /// The actors are ending: lets nobody in any more, and says good-bye to the others. Does not wait.
  virtual void begin_close() noexcept = 0;
  /// Blocks a plain thread until the last words have left, or until `deadline` (system clock, nanoseconds).
  virtual void close(std::int64_t deadline) noexcept = 0;
  /// There are no peers and no workers any more, and the reactor goes next.
  virtual void detach() noexcept = 0;
};

}  // namespace troupe::detail
