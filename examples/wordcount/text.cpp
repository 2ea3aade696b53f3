// SPDX-License-Identifier: BSD-3-Clause
#include "text.hpp"

#include <cstdio>
#include <numeric>

namespace wordcount {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, bytes < 1e7 ? "%.1f" : "%.0f", bytes / 1e6);
  return text;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  const double share =
      whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  std::snprintf(text, sizeof text, "%3.0f%%", share);
  return text;
}

std::string shares(std::span<const std::uint64_t> by_worker) {
  const auto all = std::accumulate(by_worker.begin(), by_worker.end(), std::uint64_t{0});
  std::string text = "by worker";
  for (const std::uint64_t one : by_worker) {
    const std::string share = percent(one, all == 0 ? 1 : all);
    text += " " + share.substr(share.find_first_not_of(' '));
  }
  return text;
}

std::string printable(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      text += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, c == '\n' ? "\\n" : "\\x%02x", byte);
      text += escaped;
    }
  }
  return text;
}

}  // namespace wordcount
