// SPDX-License-Identifier: BSD-3-Clause
#include "frame.hpp"

#include <bit>
#include <cstring>

namespace troupe::detail {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

namespace {

template <class T>
void put(std::byte*& at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
}
template <class T>
T take(const std::byte*& at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

constexpr std::size_t extension_bytes(frame_kind kind, std::uint8_t flags) noexcept {
  return (flags & route_flag ? 8u : 0u) + (has_id(kind) ? 8u : 0u) + (has_sender(kind) ? 16u : 0u) +
         (has_deadline(kind) ? 8u : 0u);
}

constexpr bool flags_allowed(frame_kind kind, std::uint8_t flags) noexcept {
  std::uint8_t allowed = kind == frame_kind::hello ? 0 : route_flag | passed_flag;
  if (kind == frame_kind::monitor) allowed |= answer_flag | link_flags;
  return (flags & ~allowed) == 0;
}

/// Kinds that never carry a payload must not name a type, nor bring bytes.
constexpr bool may_carry(frame_kind kind) noexcept {
  return kind == frame_kind::tell || kind == frame_kind::ask || kind == frame_kind::down ||
         kind == frame_kind::reply || kind == frame_kind::failure || kind == frame_kind::hello ||
         kind == frame_kind::send;
}

parsed bad(const char* why) noexcept {
  parsed p;
  p.state = parse_state::bad;
  p.error = why;
  return p;
}

}  // namespace

std::size_t begin_frame(byte_buffer& out, const frame& f) {
  const std::size_t start = out.size();
  std::byte* at = out.extend(frame_header_bytes + extension_bytes(f.kind, f.flags));
  put<std::uint32_t>(at, 0);
  put(at, static_cast<std::uint8_t>(f.kind));
  put(at, f.flags);
  put<std::uint16_t>(at, 0);
  put(at, f.slot);
  put(at, f.generation);
  put(at, f.type);
  if (f.flags & route_flag) put(at, f.node);
  if (has_id(f.kind)) put(at, f.id);
  if (has_sender(f.kind)) {
    put(at, f.from.node);
    put(at, f.from.slot);
    put(at, f.from.generation);
  }
  if (has_deadline(f.kind)) put(at, f.remaining);
  return start;
}

bool finish_frame(byte_buffer& out, std::size_t start, std::size_t apart) noexcept {
  const std::size_t length = out.size() + apart - start - frame_header_bytes;
  if (length > frame_bytes_max) {
    out.truncate(start);
    return false;
  }
  const auto announced = static_cast<std::uint32_t>(length);
  std::memcpy(out.data() + start, &announced, sizeof announced);
  return true;
}

parsed parse_frame(std::span<const std::byte> input, std::size_t bytes_max) noexcept {
  if (input.size() < frame_header_bytes) return {};
  const std::byte* at = input.data();
  const auto length = take<std::uint32_t>(at);
  const auto kind_byte = take<std::uint8_t>(at);
  const auto flags = take<std::uint8_t>(at);
  const auto zero = take<std::uint16_t>(at);
  if (length > bytes_max) return bad("a frame announces more bytes than the limit");
  if (kind_byte < 1 || kind_byte > static_cast<std::uint8_t>(frame_kind::receipt)) {
    return bad("a frame of an unknown kind");
  }
  const auto kind = static_cast<frame_kind>(kind_byte);
  if (zero != 0 || !flags_allowed(kind, flags)) return bad("a frame with unknown flags");
  const std::size_t extension = extension_bytes(kind, flags);
  if (length < extension) return bad("a frame too short for its kind");
  parsed p;
  p.bytes = frame_header_bytes + length;
  p.value.kind = kind;
  p.value.flags = flags;
  p.value.slot = take<std::uint32_t>(at);
  p.value.generation = take<std::uint32_t>(at);
  p.value.type = take<std::uint64_t>(at);
  const std::size_t payload_bytes = length - extension;
  if (payload_bytes != 0 && (p.value.type == 0 || !may_carry(kind))) {
    return bad("a frame with a payload that has no type");
  }
  if (p.value.type != 0 && !may_carry(kind))
    return bad("a frame of a kind that carries no message");
  if (input.size() < p.bytes) return p;
  if (flags & route_flag) p.value.node = take<std::uint64_t>(at);
  if (has_id(kind)) p.value.id = take<std::uint64_t>(at);
  if (has_sender(kind)) {
    p.value.from.node = take<std::uint64_t>(at);
    p.value.from.slot = take<std::uint32_t>(at);
    p.value.from.generation = take<std::uint32_t>(at);
  }
  if (has_deadline(kind)) p.value.remaining = take<std::int64_t>(at);
  if (p.value.remaining < 0) return bad("a question with a negative time limit");
  p.value.payload = {at, payload_bytes};
  p.state = parse_state::complete;
  return p;
}

}  // namespace troupe::detail
