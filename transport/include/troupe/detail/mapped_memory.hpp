// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <troupe/owned_fd.hpp>

/// Memory that two processes share: what one wrote before it died the other reads.
namespace troupe::detail {

/// So much of it, all zeros. \throws std::system_error
owned_fd make_shared_memory(std::size_t bytes);
/// That memory, for as long as the pointer lives. \throws std::system_error
std::shared_ptr<void> map_shared_memory(int fd, std::size_t bytes);

}  // namespace troupe::detail
