// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// The asking side of X2 and X3, for the peers that send and receive by calls that block.

#include <bench/frame.hpp>
#include <bench/program.hpp>

namespace bench {

/// Sends as many frames, `under_way` at once, and takes each back.
/// \return the seconds that took
template <class Send, class Receive>
double round_trips(std::uint64_t count, std::uint64_t under_way, Send send, Receive receive,
                   frame_check& check, latencies& single) {
  const auto start = clock::now();
  std::uint64_t sent = 0;
  for (auto last = start; check.seen() < count;) {
    for (; sent < count && sent < check.seen() + under_way; ++sent) send(make_frame(sent));
    check.take(receive());
    const auto now = clock::now();
    single.add(now - last);
    last = now;
  }
  return seconds_since(start);
}

}  // namespace bench
