// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::detail {

/// Where a node listens.
struct endpoint {
  std::uint64_t node = 0;
  std::string host;
  std::uint16_t port = 0;
};

/// What the two ends of a new link tell each other.
struct cluster_news {
  static constexpr std::size_t others_max = 4096;
  static constexpr std::size_t host_bytes_max = 255;

  endpoint own;
  std::vector<endpoint> others;
};

}  // namespace troupe::detail
