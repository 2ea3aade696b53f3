// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <troupe/detail/system_core.hpp>

namespace troupe::detail {

/// A line for who is turned away, but not for each of a crowd: one in a second.
/// \thread one at a time
class refusal_log {
 public:
  void note(system_core& system, const std::string& what);

 private:
  std::int64_t reported_ = 0;
  std::uint64_t unreported_ = 0;
};

}  // namespace troupe::detail
