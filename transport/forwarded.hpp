// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/detail/envelope.hpp>
#include <vector>

namespace troupe::detail {

/// The payload of an envelope that only passes through: still encoded, never opened.
struct forwarded {
  static constexpr bool local_only = true;
  std::uint64_t type = 0;
  std::vector<std::byte> bytes;
};

}  // namespace troupe::detail
