// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <troupe/actor_ref.hpp>
#include <troupe/error.hpp>
#include <utility>

/// What the verbs of a queue come to. A refusal is a value; who wants an exception calls value().
namespace troupe {

enum class queue_status : std::uint8_t { done, full, empty, shut_down };

struct queue_full : error {
  using error::error;
};
struct queue_empty : error {
  using error::error;
};
struct queue_shut_down : error {
  using error::error;
};

namespace detail {
/// \throws queue_full, queue_empty, queue_shut_down; does nothing if `done`
void throw_refusal(queue_status status);
}  // namespace detail

/// Whether a put has put: `if (!co_await q.put(x)) …`.
struct [[nodiscard]] put_result {
  queue_status status = queue_status::done;
  std::size_t items = 0;  ///< how many are in the queue; put_many() may have put some

  explicit operator bool() const noexcept { return status == queue_status::done; }
  bool is_full() const noexcept { return status == queue_status::full; }
  bool is_shut_down() const noexcept { return status == queue_status::shut_down; }
  /// \throws queue_full, queue_shut_down
  void value() const { detail::throw_refusal(status); }
};

namespace messages {
/// Who asked has what was handed out under this number.
struct queue_received {
  std::uint64_t number = 0;
};
/// Nobody has it: who asked had ended or given up. \tparam T  what was in the answer
template <class T>
struct queue_returned {
  static constexpr bool local_only = !encodable<T>;
  std::uint64_t number = 0;
  std::optional<T> item;
};
}  // namespace messages

/// What a get has got, like a std::optional: an item, or nothing and why.
/// `while (auto item = co_await q.get()) use(*item);` ends with the queue.
///
/// On its way from the queue it is more: if it is destroyed before it has come to the one who asked,
/// be it because that one has ended or because it has given up, the item goes back to the queue.
template <class T>
class [[nodiscard]] taken {
 public:
  static constexpr bool local_only = !encodable<T>;
  using queue_ref = actor_ref<messages::queue_received, messages::queue_returned<T>>;

  taken() = default;
  explicit taken(queue_status why_not) noexcept : status_(why_not) {}
  /// For the queue. \param kept  it has a copy, and needs only to hear that this one came to nothing
  taken(T&& item, const queue_ref& queue, std::uint64_t number, bool kept)
      : status_(queue_status::done),
        kept_(kept),
        number_(number),
        queue_(queue),
        item_(std::move(item)) {}
  taken(taken&& other) noexcept
      : status_(other.status_),
        kept_(other.kept_),
        number_(std::exchange(other.number_, 0)),
        queue_(other.queue_),
        item_(std::move(other.item_)) {}
  taken& operator=(taken&& other) noexcept {
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~taken() {
    if (number_ != 0) give_back();
  }

  explicit operator bool() const noexcept { return item_.has_value(); }
  bool has_value() const noexcept { return item_.has_value(); }
  T& operator*() & noexcept { return *item_; }
  const T& operator*() const& noexcept { return *item_; }
  T&& operator*() && noexcept { return *std::move(item_); }
  T* operator->() noexcept { return &*item_; }
  const T* operator->() const noexcept { return &*item_; }

  queue_status status() const noexcept { return status_; }
  bool is_empty() const noexcept { return status_ == queue_status::empty; }
  bool is_shut_down() const noexcept { return status_ == queue_status::shut_down; }
  /// The item. \throws queue_empty, queue_shut_down
  T& value() & {
    detail::throw_refusal(status_);
    return *item_;
  }
  T value() && {
    detail::throw_refusal(status_);
    return *std::move(item_);
  }

  /// For the runtime: it has come to the one who asked.
  void reached_asker() {
    if (number_ != 0) queue_.tell(messages::queue_received{std::exchange(number_, 0)});
  }

  template <class Archive>
  void save(Archive& archive) const {
    archive(status_, kept_, number_, queue_, item_);
    number_ = 0;  // from here on it is the one in the other process that will tell
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(status_, kept_, number_, queue_, item_);
  }

 private:
  void give_back() noexcept {
    try {
      messages::queue_returned<T> back{number_, std::nullopt};
      if (!kept_) back.item = std::move(item_);
      queue_.tell(std::move(back));
    } catch (const std::bad_alloc&) {
      item_.reset();  // no memory for the message: it is lost, as everything else would be
    }
  }

  queue_status status_ = queue_status::empty;
  bool kept_ = false;
  mutable std::uint64_t number_ = 0;  ///< of this hand-out; 0: nothing is owed
  queue_ref queue_;
  std::optional<T> item_;
};

}  // namespace troupe
