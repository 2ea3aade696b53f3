// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <troupe/detail/pool.hpp>
#include <troupe/message.hpp>
#include <type_traits>
#include <utility>

namespace troupe {

namespace detail {

/// A value that many hold and nobody changes.
template <class M>
struct counted {
  /// How many hold it. Whoever has one may add (relaxed: it cannot end meanwhile); the one who takes
  /// the last ends it (acq_rel: after all the others have read).
  std::atomic<std::size_t> holders;
  const M value;

  template <class... Args>
  static counted* make(std::size_t holders, Args&&... args) {
    static_assert(alignof(counted) <= block_alignment);
    void* room = allocate_bytes(sizeof(counted));
    try {
      return new (room) counted{holders, M(std::forward<Args>(args)...)};
    } catch (...) {
      free_bytes(room, sizeof(counted));
      throw;
    }
  }
  void let_go(std::size_t of) noexcept {
    if (holders.fetch_sub(of, std::memory_order_acq_rel) != of) return;
    this->~counted();
    free_bytes(this, sizeof(counted));
  }
};

/// A copy of what is small costs less than a count that all receivers write to: with up to 32 bytes the
/// envelope still fits one block, and no cache line travels between processors.
template <class M>
inline constexpr bool copies_are_cheaper = std::is_trivially_copyable_v<M> && sizeof(M) <= 32;

}  // namespace detail

/// A message to many: all receivers look at one M, which nobody can change, instead of having a copy
/// each. A receiver lists `shared<M>` in its protocol and reads it in `on(const shared<M>& m)` as `*m`
/// and `m->`. It may keep a copy for as long as it likes. Small plain values are copied all the same.
/// It cannot leave its process: who is elsewhere takes M itself. \thread any
template <class M>
class shared {
 public:
  static constexpr bool local_only = true;
  using value_type = M;

  explicit shared(const M& value) : block_(block::make(1, value)) {}
  explicit shared(M&& value) : block_(block::make(1, std::move(value))) {}
  shared(const shared& other) noexcept : block_(other.block_) {
    if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  shared(shared&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  shared& operator=(shared other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~shared() {
    if (block_) block_->let_go(1);
  }

  /// Not after it has been moved from.
  const M& operator*() const noexcept { return block_->value; }
  const M* operator->() const noexcept { return &block_->value; }

  /// So many copies to come, counted once for all.
  class copies {
   public:
    copies(const shared& of, std::size_t n) noexcept : block_(of.block_), left_(n) {
      block_->holders.fetch_add(n, std::memory_order_relaxed);
    }
    copies(const copies&) = delete;
    copies& operator=(const copies&) = delete;
    ~copies() {
      if (left_ != 0) block_->let_go(left_);
    }
    shared take() noexcept {
      --left_;
      return shared(block_);
    }

   private:
    detail::counted<M>* block_;
    std::size_t left_;
  };

 private:
  using block = detail::counted<M>;
  explicit shared(block* b) noexcept : block_(b) {}
  block* block_;
};

template <class M>
  requires detail::copies_are_cheaper<M>
class shared<M> {
 public:
  static constexpr bool local_only = true;
  using value_type = M;

  explicit shared(const M& value) noexcept : value_(value) {}
  const M& operator*() const noexcept { return value_; }
  const M* operator->() const noexcept { return &value_; }

  class copies {
   public:
    copies(const shared& of, std::size_t) noexcept : of_(of) {}
    shared take() noexcept { return of_; }

   private:
    shared of_;
  };

 private:
  M value_;
};

namespace detail {
template <class T>
inline constexpr bool is_shared = false;
template <class M>
inline constexpr bool is_shared<shared<M>> = true;
}  // namespace detail

}  // namespace troupe
