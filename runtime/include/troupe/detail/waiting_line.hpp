// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::detail {

struct cell;

/// Those who have asked an actor for something and stand in line for it, as a snapshot sees them: it asks
/// the actor, so that who waits pays nothing for it. An actor may have several lines.
/// \thread the consumer of the actor's cell only
class waiting_line {
 public:
  waiting_line() = default;
  waiting_line(const waiting_line&) = delete;
  waiting_line& operator=(const waiting_line&) = delete;

  virtual std::size_t waiting() const noexcept = 0;
  /// Of the one who has waited longest, in nanoseconds of the system's clock; only if somebody waits.
  virtual std::int64_t eldest_since() const noexcept = 0;

  waiting_line* next() const noexcept { return next_; }
  bool is_listed() const noexcept { return link_ != nullptr; }
  void list_at(waiting_line*& first) noexcept {
    next_ = first;
    if (next_) next_->link_ = &next_;
    link_ = &first;
    first = this;
  }

 protected:
  ~waiting_line() {
    if (!link_) return;
    *link_ = next_;
    if (next_) next_->link_ = link_;
  }

 private:
  waiting_line* next_ = nullptr;
  waiting_line** link_ = nullptr;  ///< what points to it; null: nobody has stood in it yet
};

/// Somebody is about to stand in this line of the actor of `c`: from now on snapshots see it. \thread its consumer
void list_line(cell& c, waiting_line& line);

}  // namespace troupe::detail
