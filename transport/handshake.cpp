// SPDX-License-Identifier: BSD-3-Clause
#include "handshake.hpp"

#include <cinttypes>
#include <cstdio>
#include <troupe/codec.hpp>

namespace troupe::detail {

void write_hello(byte_buffer& out, const hello& greeting) {
  frame f;
  f.kind = frame_kind::hello;
  f.type = type_id<hello>();
  const std::size_t start = begin_frame(out, f);
  encode(out, greeting);
  finish_frame(out, start);
}

std::string read_hello(const frame& f, hello& greeting) {
  if (f.kind != frame_kind::hello) return "the first frame is not a greeting";
  if (f.payload.size() > hello_bytes_max) return "a greeting of too many bytes";
  // The magic number and the version come first and never move: they are read before the rest.
  if (f.payload.size() < 12) return "a greeting of too few bytes";
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::memcpy(&magic, f.payload.data(), sizeof magic);
  std::memcpy(&version, f.payload.data() + sizeof magic, sizeof version);
  if (magic != hello_magic) return "a greeting that is not Troupe's";
  if (version != wire_version) {
    return "the peer speaks version " + std::to_string(version) +
           " of the protocol, this program version " + std::to_string(wire_version);
  }
  if (f.type != type_id<hello>()) return "a greeting of another layout";
  auto read = decode<hello>(f.payload);
  if (!read) return "a greeting that cannot be read: " + read.error().text;
  greeting = std::move(*read);
  if (greeting.name.size() > node_name_bytes_max) return "a greeting with too long a name";
  return {};
}

std::string check_hello(const hello& theirs, const hello& ours, std::uint64_t expected_node) {
  if (theirs.node != expected_node) return "the peer is not the process that was expected";
  if (theirs.type_table != ours.type_table) {
    return "the message types of '" + theirs.name + "' are not those of '" + ours.name +
           "': the two are different builds of the program";
  }
  return {};
}

}  // namespace troupe::detail
