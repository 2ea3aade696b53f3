// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <troupe/codec.hpp>
#include <troupe/exit_reason.hpp>

#include "plumbing.hpp"

/// What the processes of a family tell each other about the direct links between them: told to slot 0 of a
/// process, but read by the link over which it comes. See docs/decisions/0030-direct-links.md.
namespace troupe::detail {

/// From a child: there is another process below me. Said on the way before anybody can be told its name.
struct newcomer {
  std::uint64_t node = 0;
};

/// From the parent, of the process itself or of one above it: here is your end of a direct link to a sibling, or
/// that of somebody below you.
struct introduction {
  std::uint64_t whom = 0;      ///< whose end it is
  std::uint64_t node = 0;      ///< the other one's
  std::uint64_t password = 0;  ///< known to those two, and to all between them
  link_fds ends;  ///< not open: they could not be passed, and the sibling sees the end of its own
};

/// From a sibling, on the old way: what comes from now on comes over the direct link.
struct old_way_ends {
  std::uint64_t node = 0;  ///< whose
  std::uint64_t password = 0;
};

/// From the process above a sibling, on the old way, behind everything that came from there: it has ended.
struct sibling_over {
  std::uint64_t node = 0;
  std::uint64_t password = 0;
  exit_reason why;
};

/// From a sibling, on the old way: it has handed this question on, so the answer comes that way.
struct handed_on {
  std::uint64_t node = 0;  ///< who has handed it on
  std::uint64_t password = 0;
  std::uint32_t slot = 0;  ///< of the asker
  std::uint32_t generation = 0;
  std::uint64_t id = 0;
};

template <>
struct wire_format<introduction> {
  static constexpr std::size_t wire_bytes_min = 48;
  static constexpr std::string_view layout = "introduction";
  static void write(byte_buffer& out, const introduction& value);
  static bool read(wire_reader& in, introduction& value);
};

/// A frame with such a payload is for the link itself.
bool is_family_news(std::uint64_t type) noexcept;

}  // namespace troupe::detail
