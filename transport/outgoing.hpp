// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/uio.h>

#include <cstring>
#include <deque>
#include <span>
#include <troupe/detail/envelope.hpp>

namespace troupe::detail {

/// The bytes that a link has still to write, in order: small frames lie together in one buffer, long
/// runs of bytes stay in the message they belong to.
class outgoing {
 public:
  static constexpr std::size_t kept_bytes_max = std::size_t{4} << 20;  // of memory while empty

  /// Where frames are appended.
  byte_buffer& tail() noexcept { return tail_; }
  /// Behind what is in the tail.
  void append(byte_buffer&& large) {
    seal(tail_.size());
    add({.own = std::move(large)});
  }
  /// Between the bytes of the tail. \param owner  in whose message the runs lie
  void append(const lent_runs& runs, envelope_ptr owner) {
    std::size_t sealed = 0;
    for (std::size_t i = 0; i < runs.count; ++i) {
      const lent_runs::run& run = runs.all[i];
      seal(run.at - sealed);
      sealed = run.at;
      add({.lent = run.bytes, .lent_bytes = run.size});
    }
    if (!parts_.empty()) parts_.back().owner = std::move(owner);
  }

  std::size_t size() const noexcept { return parts_bytes_ + tail_.size() - offset_; }
  bool is_empty() const noexcept { return size() == 0; }

  /// The first parts, as many as fit. \return how many
  std::size_t front(std::span<iovec> parts) noexcept {
    std::size_t n = 0;
    std::size_t skipped = offset_;
    const auto add = [&](const std::byte* bytes, std::size_t size) {
      if (n < parts.size() && size > skipped)
        parts[n++] = {const_cast<std::byte*>(bytes) + skipped,  // NOLINT: writev() only reads
                      size - skipped};
      skipped = 0;
    };
    for (const part& p : parts_) add(p.bytes(), p.size());
    add(tail_.data(), tail_.size());
    return n;
  }

  /// The first `n` bytes have been written.
  void drop_front(std::size_t n) noexcept {
    offset_ += n;
    while (!parts_.empty() && offset_ >= parts_.front().size()) {
      offset_ -= parts_.front().size();
      parts_bytes_ -= parts_.front().size();
      parts_.pop_front();
    }
    if (parts_.empty() && offset_ * 2 >= tail_.size()) move_up();
  }

  void clear() noexcept {
    parts_.clear();
    parts_bytes_ = offset_ = 0;
    tail_.clear();
    tail_.shrink(0);
  }

 private:
  struct part {
    byte_buffer own = {};
    const std::byte* lent = nullptr;
    std::size_t lent_bytes = 0;
    envelope_ptr owner = {};  ///< of what is lent here and before

    const std::byte* bytes() const noexcept { return lent ? lent : own.data(); }
    std::size_t size() const noexcept { return lent ? lent_bytes : own.size(); }
  };

  void add(part&& p) {
    parts_bytes_ += p.size();
    parts_.push_back(std::move(p));
  }
  /// The first `n` bytes of the tail become a part.
  void seal(std::size_t n) {
    byte_buffer rest;
    rest.append(tail_.data() + n, tail_.size() - n);
    tail_.truncate(n);
    add({.own = std::exchange(tail_, std::move(rest))});
  }
  /// What is written is moved once at most for each byte that has gone.
  void move_up() noexcept {
    const std::size_t left = tail_.size() - offset_;
    if (left != 0) std::memmove(tail_.data(), tail_.data() + offset_, left);
    tail_.truncate(left);
    tail_.shrink(kept_bytes_max);  // a large message has passed
    offset_ = 0;
  }

  std::deque<part> parts_;
  std::size_t parts_bytes_ = 0;
  byte_buffer tail_;
  std::size_t offset_ = 0;  ///< of the first part: written already
};

}  // namespace troupe::detail
