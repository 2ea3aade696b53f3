// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <troupe/byte_buffer.hpp>
#include <troupe/detail/envelope.hpp>
#include <troupe/detail/wire_address.hpp>

/// One envelope as bytes. Little-endian, unaligned:
///
///   u32 length     of what follows the header, at most frame_bytes_max
///   u8  kind       one of frame_kind
///   u8  flags      route_flag, passed_flag; for monitor: answer_flag,
///                  link_flag, link_answer_flag
///   u16 zero
///   u32 slot, u32 generation      of the target
///   u64 type       identity of the payload; 0: no payload
///   -- then, as far as the kind and the flags call for it --
///   u64 node       of the target            (route_flag)
///   u64 id                                  (all but tell, stop, kill, hello)
///   u64 node, u32 slot, u32 generation      of the sender (all that has an id but reply, failure)
///   i64 remaining  nanoseconds; 0: no limit (ask, send)
///   payload
namespace troupe::detail {

inline constexpr std::size_t frame_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t frame_header_bytes = 24;

enum class frame_kind : std::uint8_t {
  tell = 1,
  ask,
  stop,
  down,
  reply,
  failure,
  monitor,
  demonitor,
  kill,
  hello,
  cancel,
  send,     ///< a tell whose sender waits until it is in the mailbox: answered as an ask
  mark,     ///< the sender, a process, wants to hear when the target's mail so far has been handled
  receipt,  ///< the answer to a process: the sender has handled its mail up to the mark with this id
};

inline constexpr std::uint8_t route_flag = 1;   ///< the target's node is not the receiver's
inline constexpr std::uint8_t passed_flag = 4;  ///< the sender has only passed it on, unopened
inline constexpr std::uint8_t answer_flag = 2;  ///< the end is wanted as an answer
inline constexpr unsigned link_shift = 2;       ///< from an envelope's link flags to a frame's
inline constexpr std::uint8_t link_flags = (link_flag | link_answer_flag) << link_shift;

/// The flags of a monitor, there and back.
constexpr std::uint8_t frame_flags_of(std::uint8_t of_envelope) noexcept {
  return static_cast<std::uint8_t>((of_envelope & as_answer_flag ? answer_flag : 0) |
                                   (of_envelope << link_shift & link_flags));
}
constexpr std::uint8_t envelope_flags_of(std::uint8_t of_frame) noexcept {
  return static_cast<std::uint8_t>((of_frame & answer_flag ? as_answer_flag : 0) |
                                   (of_frame & link_flags) >> link_shift);
}

struct frame {
  frame_kind kind = frame_kind::tell;
  std::uint8_t flags = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint64_t type = 0;
  std::uint64_t node = 0;
  std::uint64_t id = 0;
  wire_address from;
  std::int64_t remaining = 0;
  std::span<const std::byte> payload;
};

constexpr bool has_id(frame_kind kind) noexcept {
  return kind != frame_kind::tell && kind != frame_kind::stop && kind != frame_kind::kill &&
         kind != frame_kind::hello;
}
constexpr bool has_sender(frame_kind kind) noexcept {
  return has_id(kind) && kind != frame_kind::reply && kind != frame_kind::failure;
}
constexpr bool has_deadline(frame_kind kind) noexcept {
  return kind == frame_kind::ask || kind == frame_kind::send;
}

/// Appends everything but the payload; call finish_frame() when the payload is in.
/// \return where the frame starts
std::size_t begin_frame(byte_buffer& out, const frame& f);
/// Writes the length. \param apart  how many more bytes of the payload are written from elsewhere
/// \return false: the frame is over the limit and has been taken back
bool finish_frame(byte_buffer& out, std::size_t start, std::size_t apart = 0) noexcept;

enum class parse_state : std::uint8_t { complete, incomplete, bad };
struct parsed {
  parse_state state = parse_state::incomplete;
  frame value;            ///< its payload points into the input
  std::size_t bytes = 0;  ///< of the whole frame; for incomplete: as far as known, else 0
  const char* error = "";
};

/// Reads the frame at the start of `input`. Total: any bytes give one of the three states; nothing is
/// allocated. \cost O(1)
parsed parse_frame(std::span<const std::byte> input,
                   std::size_t bytes_max = frame_bytes_max) noexcept;

}  // namespace troupe::detail
