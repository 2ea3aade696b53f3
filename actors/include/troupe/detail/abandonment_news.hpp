// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>
#include <utility>

namespace troupe::messages {
/// To the coordinator of a lock: that its holder had ended was told to one who has not heard it.
struct abandonment_unheard {};
}  // namespace troupe::messages

namespace troupe::detail {

/// Goes along with an answer that tells of an abandoned lock: if that reaches nobody, since who asked had given up
/// or ended, the lock is abandoned as before, and the next is told. A copy is not the news.
class abandonment_news {
 public:
  using coordinator_ref = actor_ref<messages::abandonment_unheard>;

  abandonment_news() = default;
  explicit abandonment_news(const coordinator_ref& from) noexcept : unheard_(true), from_(from) {}
  abandonment_news(const abandonment_news& /*heard*/) noexcept {}
  abandonment_news(abandonment_news&& other) noexcept
      : unheard_(std::exchange(other.unheard_, false)), from_(other.from_) {}
  abandonment_news& operator=(abandonment_news other) noexcept {
    std::swap(unheard_, other.unheard_);
    std::swap(from_, other.from_);
    return *this;
  }
  ~abandonment_news();

  void reached_asker() noexcept { unheard_ = false; }

  template <class Archive>
  void save(Archive& archive) const {
    archive(std::exchange(unheard_, false), from_);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(unheard_, from_);
  }

 private:
  mutable bool unheard_ = false;
  coordinator_ref from_;
};

}  // namespace troupe::detail
