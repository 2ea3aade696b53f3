// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <troupe/detail/cell.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::detail {

/// What the actors of one class have done that are gone.
struct class_count {
  std::uint64_t ended = 0;
  std::uint64_t errors = 0;  ///< ends of bodies: a supervised actor may have many
  std::uint64_t handled = 0;

  class_count& operator+=(const class_count& more) noexcept {
    ended += more.ended;
    errors += more.errors;
    handled += more.handled;
    return *this;
  }
};
using class_counts = std::unordered_map<const actor_class*, class_count>;

/// The counts of one thread: it alone adds, without a lock; others may read meanwhile.
class class_tally {
 public:
  class_tally() = default;
  class_tally(const class_tally&) = delete;
  class_tally& operator=(const class_tally&) = delete;

  void add(const actor_class& kind, const class_count& more) noexcept {
    if (!last_ || last_->kind != &kind) last_ = find(kind);
    if (!last_) return;  // no memory for one more class: its counts are too low
    last_->ended = last_->ended + more.ended;
    last_->errors = last_->errors + more.errors;
    last_->handled = last_->handled + more.handled;
  }
  /// \thread any, as long as clear() is not called meanwhile
  void add_to(class_counts& sums) const {
    for (const line* l = lines_.load(std::memory_order_acquire); l; l = l->next) {
      sums[l->kind] += {l->ended, l->errors, l->handled};
    }
  }
  void clear() noexcept {
    last_ = nullptr;
    for (line* l = lines_.exchange(nullptr); l;) delete std::exchange(l, l->next);
  }

 private:
  struct line {
    const actor_class* kind;
    line* next;
    relaxed<std::uint64_t> ended, errors, handled;
  };
  line* find(const actor_class& kind) noexcept {
    line* first = lines_.load(std::memory_order_relaxed);
    for (line* l = first; l; l = l->next) {
      if (l->kind == &kind) return l;
    }
    line* made = new (std::nothrow) line{&kind, first, {}, {}, {}};
    if (made) lines_.store(made, std::memory_order_release);
    return made;
  }

  std::atomic<line*> lines_{nullptr};
  line* last_ = nullptr;  ///< most actors that end are of the class of the one before
};

}  // namespace troupe::detail
