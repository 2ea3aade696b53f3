// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <troupe/byte_buffer.hpp>

#include "frame.hpp"

namespace troupe::detail {

inline constexpr std::uint64_t hello_magic = 0x31657075'6f725421;  // "!Troupe1"
inline constexpr std::uint32_t wire_version = 1;
inline constexpr std::size_t hello_bytes_max = 1024;
inline constexpr std::size_t node_name_bytes_max = 255;

/// The first frame of each direction. User messages count only after it.
struct hello {
  std::uint64_t magic = hello_magic;
  std::uint32_t version = wire_version;
  std::uint64_t node = 0;        ///< of the sender: who it is, this run of it
  std::uint64_t type_table = 0;  ///< hash of all message types: equal in one and the same program
  std::uint64_t frame_bytes_max = detail::frame_bytes_max;
  std::string name;
};

void write_hello(byte_buffer& out, const hello& greeting);

/// \return empty, or what is wrong with it, in words that name both sides
std::string read_hello(const frame& f, hello& greeting);
/// \param expected_node  who it must be
std::string check_hello(const hello& theirs, const hello& ours, std::uint64_t expected_node);

}  // namespace troupe::detail
