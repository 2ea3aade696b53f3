// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <coroutine>
#include <cstdint>
#include <troupe/awaited.hpp>
#include <troupe/detail/cell.hpp>
#include <vector>

namespace troupe::detail {

struct root_frame;

/// One thing that a coroutine of this actor waits for under an id: a reply, an end, a moment.
/// Lives in the awaiter, so in the waiting frame; linked in `extras::waits` while it waits.
struct wait_node {
  wait_node* next = nullptr;
  std::uint64_t id = 0;
  std::int64_t deadline = 0;         ///< 0: none
  std::coroutine_handle<> waiter{};  ///< null: nothing goes on
  /// Takes the answer (null: the deadline has passed). The caller resumes `waiter` afterwards.
  void (*complete)(wait_node&, envelope* answer) = nullptr;
  address whom = {};           ///< whose answer, end or room it is; or nobody
  root_frame* root = nullptr;  ///< what `waiter` is a part of
  awaited what = awaited::reply;
};

/// What an actor waits for, by id and by deadline: a list while it is short (newest first), a table
/// once it has been found long.
class wait_list {
 public:
  wait_list() = default;
  wait_list(const wait_list&) = delete;
  wait_list& operator=(const wait_list&) = delete;
  ~wait_list() { clear(); }

  /// \throws std::bad_alloc, with `w` not added
  void add(wait_node& w) {
    if (table_) [[unlikely]] {
      add_to_table(w);
      return;
    }
    w.next = first_;
    first_ = &w;
  }
  /// Removes what waits under this id. \return null: nothing does
  wait_node* take(std::uint64_t id) noexcept {
    if (table_) [[unlikely]]
      return take_from_table(id);
    wait_node** link = &first_;
    for (unsigned steps = 0; *link; ++steps) {
      wait_node* w = *link;
      if (w->id == id) {
        *link = w->next;
        if (steps >= list_length_max) [[unlikely]]
          make_table();
        return w;
      }
      link = &w->next;
    }
    return nullptr;
  }
  /// The one with the earliest deadline; null: none has one.
  wait_node* earliest() noexcept;
  template <class Visit>
  void for_each(Visit visit) {
    list_all();
    for (wait_node* w = first_; w;) {
      wait_node* next = w->next;
      visit(*w);
      w = next;
    }
  }
  void clear() noexcept;
  std::size_t count() const noexcept;                          ///< for reports: it counts
  std::vector<const wait_node*> some(std::size_t most) const;  ///< for reports, too

 private:
  static constexpr unsigned list_length_max = 32;
  struct table;
  void add_to_table(wait_node& w);
  wait_node* take_from_table(std::uint64_t id) noexcept;
  void make_table() noexcept;
  void list_all() noexcept;  ///< the table becomes a list

  wait_node* first_ = nullptr;
  table* table_ = nullptr;
};

}  // namespace troupe::detail
