// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/barrier.hpp>
#include <troupe/behavior.hpp>
#include <troupe/event.hpp>

#include "messages.hpp"

namespace wordcount {

struct no_messages {};  ///< a worker is never told anything: it asks

/// Counts batches of files until there are none. It waits at `gate` for all others, and ends when
/// `over` is set. Reads files, so it belongs in a process of its own.
troupe::behavior worker(troupe::mailbox<no_messages> mail, std::uint32_t number,
                        coordinator_ref boss, troupe::barrier gate, troupe::event over,
                        std::uint64_t piece_bytes);

}  // namespace wordcount
