// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

namespace troupe::detail {

/// Set by the transport, when a program that can start processes links it: decides whether this
/// process is such a child, and lives its life. Null in programs that start none.
using child_entry_function = std::optional<int> (*)(int argc, char** argv);
extern constinit child_entry_function child_entry;

}  // namespace troupe::detail
