// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::detail {

/// A message type as another program is told of it.
struct named_type {
  std::uint64_t id = 0;  ///< changes with the layout
  std::string name;
};

/// All message types of this program that may come from elsewhere, in the order of their names.
/// Those without linkage are left out: two programs cannot mean the same one.
std::vector<named_type> own_types();

/// Two programs understand each other if every type that both have looks alike in both; what only one
/// of them has does no harm. \return the first name that means two layouts, or nothing
std::string first_difference(std::vector<named_type> ours, std::vector<named_type> theirs);

}  // namespace troupe::detail
