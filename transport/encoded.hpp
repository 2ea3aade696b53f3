// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <troupe/detail/envelope.hpp>

namespace troupe::detail {

/// The payload of an envelope whose message is bytes already: one that only passes through, unopened,
/// or one that waits here and is smaller so.
struct encoded {
  static constexpr bool local_only = true;
  std::uint64_t type = 0;                ///< 0: there is no message, as in a monitor
  const message_type* origin = nullptr;  ///< what it was in this process; null: it passes through
  byte_buffer bytes;
  envelope_ptr whole;  ///< instead of the bytes: the message, which is long runs for the most part
  std::size_t whole_bytes = 0;  ///< of it as a message
};

/// The encoded payload of `e`, or null: it is none.
inline encoded* encoded_in(envelope& e) noexcept {
  return e.type == &message_type_of<encoded> ? &e.as<encoded>() : nullptr;
}

/// It comes from another process and goes to a third.
inline bool passes_through(envelope& e) noexcept {
  const encoded* content = encoded_in(e);
  return content && !content->origin;
}

/// Another envelope with what is in `e`, which may stay in a queue as its stub.
envelope* moved_from(envelope& e);
/// The same, to wait: its memory is known then. Encoded, if it holds memory of its own and can be encoded; but what
/// would not be copied into a buffer (long runs, and memory that goes by its descriptor) is not copied here.
envelope* moved_to_wait(envelope& e);
/// What a waiting envelope takes in memory, in bytes.
std::size_t memory_of(envelope& e) noexcept;

}  // namespace troupe::detail
