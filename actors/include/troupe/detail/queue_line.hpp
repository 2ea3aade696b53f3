// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <troupe/detail/queue_gate.hpp>
#include <troupe/detail/waiting_room.hpp>
#include <troupe/queue_result.hpp>
#include <vector>

/// Who waits at a queue, and with what.
namespace troupe::detail {

/// What a putter brings: one item or many, of which the first `next` are in the queue.
template <class T>
struct incoming {
  std::optional<T> one;
  std::vector<T> many;
  std::size_t next = 0;

  std::size_t size() const noexcept { return one ? 1 : many.size(); }
  T& operator[](std::size_t i) noexcept { return one ? *one : many[i]; }
};
template <class T>
using putter_line = waiting_room<put_result, incoming<T>>;

/// What a getter wants. Those who want one and those who want many stand in one line.
struct outgoing {
  std::size_t items_max = 0;  ///< 0: one, as taken<T>; else as taken<std::vector<T>>
  bool by_thread = false;
  std::shared_ptr<open_question> question;
};
template <class T>
using getter_line = waiting_room<taken<T>, outgoing>;

}  // namespace troupe::detail
