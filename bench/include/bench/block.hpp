// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// The 1 MiB message of X4, and the check that none is lost, reordered or torn: a word on each page.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bench {

inline constexpr std::size_t block_bytes = std::size_t{1} << 20;
inline constexpr std::size_t block_page_bytes = 4096;

inline void stamp_block(void* block, std::uint64_t sequence) {
  auto* at = static_cast<unsigned char*>(block);
  for (std::size_t page = 0; page < block_bytes / block_page_bytes; ++page) {
    const std::uint64_t word = sequence * 0x9e3779b97f4a7c15u + page;
    std::memcpy(at + page * block_page_bytes, &word, sizeof word);
  }
}

inline bool is_block(const void* block, std::size_t bytes, std::uint64_t sequence) {
  if (bytes != block_bytes) return false;
  const auto* at = static_cast<const unsigned char*>(block);
  std::uint64_t difference = 0;
  for (std::size_t page = 0; page < block_bytes / block_page_bytes; ++page) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + page * block_page_bytes, sizeof word);
    difference |= word ^ (sequence * 0x9e3779b97f4a7c15u + page);
  }
  return difference == 0;
}

/// The receiver's side: counts blocks and remembers whether each was the next one.
class block_check {
 public:
  void take(const void* block, std::size_t bytes) {
    good_ = is_block(block, bytes, seen_++) && good_;
  }
  std::uint64_t seen() const { return seen_; }
  /// \return the count, or 0 if any block was wrong
  std::uint64_t verdict() const { return good_ ? seen_ : 0; }

 private:
  std::uint64_t seen_ = 0;
  bool good_ = true;
};

}  // namespace bench
