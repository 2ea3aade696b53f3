// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <troupe/detail/claim.hpp>

namespace troupe {

/// What acquiring from a semaphore gives: so many permits, which go back when this goes, or is released. Empty
/// if the time was up. They belong to the actor that asked: with its end they are back, whoever has this. It
/// must not outlive its actor_system.
class [[nodiscard]] permits : public detail::claim {
 public:
  permits() = default;
  /// For the coordinator.
  permits(const coordinator_ref& from, std::uint64_t number, std::size_t amount,
          bool abandoned) noexcept
      : claim(from, number, abandoned), amount_(amount), abandoned_(abandoned) {}

  std::size_t amount() const noexcept { return *this ? amount_ : 0; }
  /// One who held some of them before ended while it did so.
  bool abandoned() const noexcept { return abandoned_; }

  /// They are used up: they do not come back, neither now nor when the holder ends; `release()` of the
  /// semaphore makes others. For semaphores that count events rather than places.
  ask_operation<messages::claim_kept> keep() {
    amount_ = 0;
    return claim::keep();
  }

  template <class Archive>
  void save(Archive& archive) const {
    claim::save(archive);
    archive(amount_, abandoned_);
  }
  template <class Archive>
  void load(Archive& archive) {
    claim::load(archive);
    archive(amount_, abandoned_);
  }

 private:
  std::size_t amount_ = 0;
  bool abandoned_ = false;
};

}  // namespace troupe
