// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>

#include "nodes.hpp"
#include "peer.hpp"

/// What most mail is: something told that holds no memory of its own, by one process to an actor of the one at the
/// other end. Such a frame is a header and a payload, written and read here in one go. All else takes the general way; so
/// does what is wrong with it, to be named there. Measured on X1: a third less time in user mode, in both processes together.
namespace troupe::detail {
namespace {

/// As in frame.hpp.
struct plain_header {
  std::uint32_t length = 0;
  frame_kind kind = frame_kind::tell;
  std::uint8_t flags = 0;
  std::uint16_t zero = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint64_t type = 0;
};
static_assert(sizeof(plain_header) == frame_header_bytes);

}  // namespace

/// \return how many bytes its frame has; 0: nothing is written, it takes the general way
std::size_t peer::append_plain(envelope& e) noexcept {
  const message_type* type = e.type;
  const bool is_plain = e.kind == envelope_kind::tell && type && !type->destroy && type->encode &&
                        (routing_of(e).gateway == 0 || is(kinship::sibling));
  if (!is_plain) return 0;
  byte_buffer& out = outgoing_.tail();
  const std::size_t start = out.size();
  const plain_header header{
      .slot = routing_of(e).slot, .generation = e.generation, .type = type->id};
  try {
    std::memcpy(out.extend(sizeof header), &header, sizeof header);
    type->encode(out, e.payload());
  } catch (...) {
    out.truncate(start);
    return 0;
  }
  return finish_frame(out, start) ? out.size() - start : 0;
}

/// \return how many bytes were its frame; 0: nothing is taken, the general way looks at it
std::size_t peer::take_plain(std::span<const std::byte> bytes) noexcept {
  plain_header header;
  if (bytes.size() < sizeof header) return 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const bool is_plain = header.kind == frame_kind::tell && header.flags == 0 && header.zero == 0 &&
                        header.slot != 0 && header.length <= frame_bytes_max &&
                        header.length <= bytes.size() - sizeof header;
  const message_type* type = last_type_;
  if (!is_plain || !type || type->id != header.type || type->destroy) return 0;
  try {
    envelope_ptr e(allocate_envelope(envelope_kind::tell, type->bytes, type->alignment));
    link_context context(owner_, home_, this);
    decode_error error;
    if (!type->decode(e->payload(), bytes.subspan(sizeof header, header.length), &context, {},
                      error))
      return 0;
    e->type = type;
    deliver({owner_.own_home_of(header.slot), header.slot, header.generation}, e.release());
  } catch (...) {
    return 0;
  }
  return sizeof header + header.length;
}

}  // namespace troupe::detail
