// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <troupe/detail/envelope.hpp>
#include <vector>

namespace troupe::detail {

/// Somebody who wants to hear of an end.
struct watcher {
  address who;
  std::uint64_t id;
  bool as_answer;       ///< it waits for the end as for a reply, not in its mailbox
  bool linked = false;  ///< its fate is tied to this incarnation
};
/// Somebody whose end is wanted.
struct watched {
  std::uint64_t id;
  address whom;
};

/// Watchers, or those who are watched: one pointer while there are none, a row while they are few, found
/// through a table once they are many. In no particular order.
template <class T>
class monitor_list {
 public:
  monitor_list() noexcept;
  monitor_list(const monitor_list&) = delete;
  monitor_list& operator=(const monitor_list&) = delete;
  ~monitor_list();

  void add(const T& one);
  /// Removes the one with this id, if it is there. \param who  the watcher; of what is watched: nobody
  /// \return false: it is not; else `taken` is it   \cost O(1)
  bool take(std::uint64_t id, const address& who, T& taken) noexcept;
  std::span<const T> all() const noexcept;
  std::vector<T> take_all() noexcept;

 private:
  struct content;
  std::unique_ptr<content> content_;
};

extern template class monitor_list<watcher>;
extern template class monitor_list<watched>;

}  // namespace troupe::detail
