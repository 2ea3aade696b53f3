// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <troupe/codec.hpp>
#include <troupe/exit_reason.hpp>

#include "plumbing.hpp"

/// What a parent and its children tell each other about the direct links between the children: told to slot 0
/// of a process, but read by the link over which it comes. See docs/decisions/0030-direct-links.md.
namespace troupe::detail {

/// From the parent: here is your end of a direct link to your sibling.
struct introduction {
  std::uint64_t node = 0;      ///< the sibling's
  std::uint64_t password = 0;  ///< known to the three of them
  link_fds ends;  ///< not open: they could not be passed, and the sibling sees the end of its own
};

/// From a sibling, through the parent: what comes from now on comes over the direct link.
struct old_way_ends {
  std::uint64_t node = 0;  ///< whose
  std::uint64_t password = 0;
};

/// From the parent, behind everything that came from there through it: your sibling's process has ended.
struct sibling_over {
  std::uint64_t node = 0;
  exit_reason why;
};

/// From the parent: your sibling has handed this question on, so its answer comes through me.
struct handed_on {
  std::uint32_t slot = 0;  ///< of the asker
  std::uint32_t generation = 0;
  std::uint64_t id = 0;
};

template <>
struct wire_format<introduction> {
  static constexpr std::size_t wire_bytes_min = 40;
  static constexpr std::string_view layout = "introduction";
  static void write(byte_buffer& out, const introduction& value);
  static bool read(wire_reader& in, introduction& value);
};

/// A frame with such a payload is for the link itself.
bool is_family_news(std::uint64_t type) noexcept;

}  // namespace troupe::detail
