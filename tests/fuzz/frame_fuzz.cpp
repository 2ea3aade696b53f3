// SPDX-License-Identifier: BSD-3-Clause
// A stream of frames, as a link reads it: each is complete, incomplete or bad, and a complete one written
// again is the same bytes.
#include <algorithm>

#include "frame.hpp"
#include "handshake.hpp"
#include "must.hpp"

using namespace troupe;
using namespace troupe::detail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::byte> left = bytes_of(data, size);
  while (!left.empty()) {
    const parsed p = parse_frame(left);
    if (p.state == parse_state::bad) {
      MUST(p.error[0] != '\0');
      return 0;
    }
    if (p.state == parse_state::incomplete) {
      MUST(p.bytes == 0 || p.bytes > left.size());
      MUST(p.bytes <= frame_header_bytes + frame_bytes_max);
      return 0;
    }
    MUST(p.bytes >= frame_header_bytes && p.bytes <= left.size());
    MUST(p.value.payload.size() <= p.bytes);
    byte_buffer again;
    const std::size_t start = begin_frame(again, p.value);
    again.append(p.value.payload.data(), p.value.payload.size());
    MUST(finish_frame(again, start));
    MUST(std::ranges::equal(again.bytes(), left.first(p.bytes)));
    // The opening of a link.
    hello greeting;
    if (read_hello(p.value, greeting).empty()) (void)check_hello(greeting, greeting, 1);
    left = left.subspan(p.bytes);
  }
  return 0;
}
