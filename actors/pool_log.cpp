// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <troupe/detail/pool_log.hpp>

namespace troupe::detail {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not be shared by two processes");

void pool_log::keep(std::span<const std::byte> outcome) noexcept {
  const std::uint64_t task = begun() - 1;
  const auto size = static_cast<std::uint32_t>(outcome.size());
  if (!make_room(sizeof size + outcome.size(), task)) return;
  half& to = halves_[in_use_];
  std::memcpy(to.bytes.data() + to.used, &size, sizeof size);
  std::memcpy(to.bytes.data() + to.used + sizeof size, outcome.data(), outcome.size());
  to.used += sizeof size + outcome.size();
  to.count.store(to.count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

/// Outcomes in a half follow each other without gap, so one that was not kept ends it.
bool pool_log::make_room(std::size_t bytes, std::uint64_t task) noexcept {
  const auto end_of = [](const half& h) {
    return h.first.load(std::memory_order_relaxed) + h.count.load(std::memory_order_relaxed);
  };
  const half& now = halves_[in_use_];
  if (end_of(now) == task && now.used + bytes <= half_bytes) return true;
  half& other = halves_[1 - in_use_];
  if (bytes > half_bytes || end_of(other) > arrived_) return false;
  other.count.store(0, std::memory_order_release);
  other.first.store(task, std::memory_order_release);
  other.used = 0;
  in_use_ = 1 - in_use_;
  return true;
}

std::span<const std::byte> pool_log::outcome_of(std::uint64_t task) const noexcept {
  for (const half& h : halves_) {
    const std::uint64_t count = h.count.load(std::memory_order_acquire);
    const std::uint64_t first = h.first.load(std::memory_order_acquire);
    if (task < first || task >= first + count) continue;
    std::size_t at = 0;
    for (std::uint64_t i = first;; ++i) {
      std::uint32_t size = 0;
      if (at + sizeof size > half_bytes) return {};
      std::memcpy(&size, h.bytes.data() + at, sizeof size);
      at += sizeof size;
      if (size > half_bytes - at) return {};  // the dead have written anything over it
      if (i == task) return {h.bytes.data() + at, size};
      at += size;
    }
  }
  return {};
}

}  // namespace troupe::detail
