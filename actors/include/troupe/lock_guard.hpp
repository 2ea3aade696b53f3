// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/claim.hpp>

namespace troupe {

/// What acquiring a lock gives: it holds the lock until it goes, or is released. Empty if the time was up:
/// `if (auto held = co_await door.acquire(50ms)) …`. It belongs to the actor that asked: with that one's
/// end the lock is free, whoever has the guard. It must not outlive its actor_system.
class [[nodiscard]] lock_guard : public detail::claim {
 public:
  lock_guard() = default;
  /// For the coordinator.
  lock_guard(const coordinator_ref& from, std::uint64_t number, std::uint64_t fence,
             bool abandoned) noexcept
      : claim(from, number, abandoned), fence_(fence), abandoned_(abandoned) {}

  /// Rises with each time the lock changes hands. Whoever keeps what the lock protects can refuse a writer
  /// with a lower number than it has seen: one that was taken for dead.
  std::uint64_t fence() const noexcept { return fence_; }
  /// The one who held it before ended while it did so: what the lock protects may be half changed.
  bool abandoned() const noexcept { return abandoned_; }

  template <class Archive>
  void save(Archive& archive) const {
    claim::save(archive);
    archive(fence_, abandoned_);
  }
  template <class Archive>
  void load(Archive& archive) {
    claim::load(archive);
    archive(fence_, abandoned_);
  }

 private:
  std::uint64_t fence_ = 0;
  bool abandoned_ = false;
};

}  // namespace troupe
