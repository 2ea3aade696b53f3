// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ticket.hpp"

namespace troupe::detail {

struct system_core;

/// The life of a child from its first moment to its exit code. \thread the main one, and no other yet
/// \param before  this process is a copy, made by fork, of the one that this system lives in; null: it is not
int live_as(const child_ticket& ticket, int argc, char** argv, const system_core* before = nullptr);

/// Named so that a program with start_process has the child's entry, too.
bool child_main_is_linked() noexcept;

}  // namespace troupe::detail
