// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// The 64-byte message of the workloads between processes, and the check that none is lost,
// reordered or altered.

#include <array>
#include <cstdint>
#include <vector>

namespace bench {

struct frame {
  std::array<std::uint64_t, 8> words;
};
static_assert(sizeof(frame) == 64);

/// Every word depends on the sequence number, so that a torn or stale frame is seen.
inline frame make_frame(std::uint64_t sequence) {
  frame f;
  for (std::uint64_t i = 0; i < 8; ++i) f.words[i] = sequence * (2 * i + 1) + i;
  return f;
}

inline bool is_frame(const frame& f, std::uint64_t sequence) {
  std::uint64_t difference = 0;
  for (std::uint64_t i = 0; i < 8; ++i) difference |= f.words[i] ^ (sequence * (2 * i + 1) + i);
  return difference == 0;
}

/// The receiver's side of a stream: counts frames and remembers whether each was the next one.
class frame_check {
 public:
  void take(const frame& f) { good_ = is_frame(f, seen_++) && good_; }
  std::uint64_t seen() const { return seen_; }
  /// \return the count, or 0 if any frame was wrong
  std::uint64_t verdict() const { return good_ ? seen_ : 0; }

 private:
  std::uint64_t seen_ = 0;
  bool good_ = true;
};

/// Frames of X5 name who sent them, in the upper bits of their number.
inline frame make_frame_of(std::uint64_t sender, std::uint64_t sequence) {
  return make_frame(sender << 40 | sequence);
}

/// The receiver's side of several streams into one.
class fan_in_check {
 public:
  explicit fan_in_check(std::uint64_t senders) : next_(senders) {}
  /// \return who sent it
  std::uint64_t take(const frame& f) {
    const std::uint64_t from = f.words[0] >> 40;
    good_ = from < next_.size() && is_frame(f, from << 40 | next_[from]++) && good_;
    ++seen_;
    return from;
  }
  std::uint64_t seen() const { return seen_; }
  std::uint64_t seen_of(std::uint64_t sender) const { return next_[sender]; }
  /// \return the count, or 0 if any frame was wrong
  std::uint64_t verdict() const { return good_ ? seen_ : 0; }

 private:
  std::vector<std::uint64_t> next_;
  std::uint64_t seen_ = 0;
  bool good_ = true;
};

}  // namespace bench
