// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace troupe {

/// What a coroutine of an actor can wait for.
enum class awaited : std::uint8_t {
  reply,     ///< to an ask of `whom`
  end,       ///< of `whom`
  room,      ///< in the mailbox of `whom`
  time,      ///< a moment
  message,   ///< in its own mailbox
  children,  ///< their end; `whom` is the youngest
  supervisor,
  other,  ///< something outside of the runtime
};

}  // namespace troupe
