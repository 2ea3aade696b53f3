// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

/// In which order a queue hands its items out. Each item has a number that says when it came; one that
/// comes back goes to its old place.
namespace troupe::detail {

template <class T>
struct queued {
  T item;
  std::uint64_t number = 0;
  unsigned hand_outs = 0;  ///< how often it has come to somebody, as far as is known
};

/// First in, first out.
template <class T>
class fifo_order {
 public:
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  void push(queued<T>&& one) {
    if (items_.empty() || items_.back().number < one.number) {
      items_.push_back(std::move(one));
    } else {
      items_.insert(std::upper_bound(items_.begin(), items_.end(), one, comes_before),
                    std::move(one));
    }
  }
  queued<T> pop() {
    queued<T> first = std::move(items_.front());
    items_.pop_front();
    return first;
  }
  void clear() noexcept { items_.clear(); }

 private:
  static bool comes_before(const queued<T>& a, const queued<T>& b) noexcept {
    return a.number < b.number;
  }
  std::deque<queued<T>> items_;
};

/// Last in, first out.
template <class T>
class lifo_order {
 public:
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  void push(queued<T>&& one) {
    const auto place = std::find_if(items_.rbegin(), items_.rend(), [&](const queued<T>& other) {
      return other.number < one.number;
    });
    items_.insert(place.base(), std::move(one));
  }
  queued<T> pop() {
    queued<T> last = std::move(items_.back());
    items_.pop_back();
    return last;
  }
  void clear() noexcept { items_.clear(); }

 private:
  std::vector<queued<T>> items_;
};

/// The smallest first, by `<`; of equal ones the one that came first. If a comparison throws, nothing
/// has changed.
template <class T>
class priority_order {
 public:
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  void push(queued<T>&& one) { items_.insert(std::move(one)); }
  queued<T> pop() { return std::move(items_.extract(items_.begin()).value()); }
  void clear() noexcept { items_.clear(); }

 private:
  struct smaller {
    bool operator()(const queued<T>& a, const queued<T>& b) const {
      if (a.item < b.item) return true;
      return !(b.item < a.item) && a.number < b.number;
    }
  };
  std::set<queued<T>, smaller> items_;
};

}  // namespace troupe::detail
