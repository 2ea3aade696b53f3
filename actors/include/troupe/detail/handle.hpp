// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>

namespace troupe::detail {

/// What the handle of every ready-made actor is: the ref to its coordinator, as a value that can be
/// copied, compared, and sent to any process. A default-made one refers to nothing.
template <class... Ms>
class handle {
 public:
  using coordinator_ref = actor_ref<Ms...>;

  handle() = default;

  /// The actor behind it: to monitor, to stop.
  const coordinator_ref& coordinator() const noexcept { return coordinator_; }
  explicit operator bool() const noexcept { return static_cast<bool>(coordinator_); }
  friend bool operator==(const handle& a, const handle& b) noexcept {
    return a.coordinator_ == b.coordinator_;
  }

  template <class Archive>
  void save(Archive& archive) const {
    coordinator_.save(archive);
  }
  template <class Archive>
  void load(Archive& archive) {
    coordinator_.load(archive);
  }

 protected:
  explicit handle(const coordinator_ref& coordinator) noexcept : coordinator_(coordinator) {}

  coordinator_ref coordinator_;
};

}  // namespace troupe::detail
