// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/envelope.hpp>
#include <troupe/exit_reason.hpp>

namespace troupe::detail {

/// Whether what is destroyed on this thread now goes because its actor has ended: coroutines where they
/// stand, then members. False for what a handler or a scope destroys in its course, exceptions included.
bool goes_with_its_actor() noexcept;
/// Why that actor has ended; null: as above. Good as long as what is destroyed.
const exit_reason* reason_of_ending() noexcept;

/// As request_kill(), for an actor that stands for something else, whose end has this reason. \thread any
void request_end_because(const address& whom, exit_reason why);

}  // namespace troupe::detail
