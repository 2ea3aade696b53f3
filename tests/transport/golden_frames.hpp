// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frame.hpp"

/// One frame of each kind, and its bytes as they were first released. A change here is a change of
/// the wire format: it needs a new wire_version.
namespace golden {

using bytes = std::vector<std::byte>;

struct example {
  const char* name;
  troupe::detail::frame frame;
  std::string_view hex;
};

inline bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  bytes all;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    all.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return all;
}
inline std::string to_hex(std::span<const std::byte> input) {
  std::string hex;
  for (std::byte b : input) {
    hex += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    hex += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return hex;
}

inline const std::byte payload[3] = {std::byte{0xaa}, std::byte{0xbb}, std::byte{0xcc}};

inline std::vector<example> frames() {
  using namespace troupe::detail;
  const auto plain = [](frame_kind kind) {
    frame f;
    f.kind = kind;
    f.slot = 0x01020304;
    f.generation = 0x05060708;
    return f;
  };
  const auto with_id = [&](frame_kind kind) {
    frame f = plain(kind);
    f.id = 0x2122232425262728;
    return f;
  };
  const auto from_somebody = [&](frame_kind kind) {
    frame f = with_id(kind);
    f.from = {0x3132333435363738, 0x41424344, 0x45464748};
    return f;
  };
  const auto with_message = [](frame f) {
    f.type = 0x1112131415161718;
    f.payload = payload;
    return f;
  };
  const auto routed = [](frame f) {
    f.flags = route_flag;
    f.node = 0x5152535455565758;
    return f;
  };
  frame ask = with_message(from_somebody(frame_kind::ask));
  ask.remaining = 0x6162636465666768;
  frame send = with_message(from_somebody(frame_kind::send));
  send.remaining = 0x6162636465666768;
  frame monitor = from_somebody(frame_kind::monitor);
  frame monitor_answer = monitor;
  monitor_answer.flags = answer_flag;
  // clang-format off
  return {
      {"tell", with_message(plain(frame_kind::tell)),
       "0300000001000000" "0403020108070605" "1817161514131211" "aabbcc"},
      {"tell, routed", routed(with_message(plain(frame_kind::tell))),
       "0b00000001010000" "0403020108070605" "1817161514131211" "5857565554535251" "aabbcc"},
      {"ask", ask,
       "2300000002000000" "0403020108070605" "1817161514131211" "2827262524232221"
       "3837363534333231" "4443424148474645" "6867666564636261" "aabbcc"},
      {"stop", plain(frame_kind::stop), "0000000003000000" "0403020108070605" "0000000000000000"},
      {"down", with_message(from_somebody(frame_kind::down)),
       "1b00000004000000" "0403020108070605" "1817161514131211" "2827262524232221"
       "3837363534333231" "4443424148474645" "aabbcc"},
      {"reply", with_message(with_id(frame_kind::reply)),
       "0b00000005000000" "0403020108070605" "1817161514131211" "2827262524232221" "aabbcc"},
      {"reply, void", with_id(frame_kind::reply),
       "0800000005000000" "0403020108070605" "0000000000000000" "2827262524232221"},
      {"failure", with_message(with_id(frame_kind::failure)),
       "0b00000006000000" "0403020108070605" "1817161514131211" "2827262524232221" "aabbcc"},
      {"monitor", monitor,
       "1800000007000000" "0403020108070605" "0000000000000000" "2827262524232221"
       "3837363534333231" "4443424148474645"},
      {"monitor, as an answer", monitor_answer,
       "1800000007020000" "0403020108070605" "0000000000000000" "2827262524232221"
       "3837363534333231" "4443424148474645"},
      {"demonitor, routed", routed(from_somebody(frame_kind::demonitor)),
       "2000000008010000" "0403020108070605" "0000000000000000" "5857565554535251"
       "2827262524232221" "3837363534333231" "4443424148474645"},
      {"kill", plain(frame_kind::kill), "0000000009000000" "0403020108070605" "0000000000000000"},
      {"hello", with_message(plain(frame_kind::hello)),
       "030000000a000000" "0403020108070605" "1817161514131211" "aabbcc"},
      {"cancel", from_somebody(frame_kind::cancel),
       "180000000b000000" "0403020108070605" "0000000000000000" "2827262524232221"
       "3837363534333231" "4443424148474645"},
      {"send", send,
       "230000000c000000" "0403020108070605" "1817161514131211" "2827262524232221"
       "3837363534333231" "4443424148474645" "6867666564636261" "aabbcc"},
      {"mark", from_somebody(frame_kind::mark),
       "180000000d000000" "0403020108070605" "0000000000000000" "2827262524232221"
       "3837363534333231" "4443424148474645"},
      {"receipt", from_somebody(frame_kind::receipt),
       "180000000e000000" "0403020108070605" "0000000000000000" "2827262524232221"
       "3837363534333231" "4443424148474645"},
  };
  // clang-format on
}

}  // namespace golden
