// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/queue.hpp>

namespace troupe {

/// A queue without a bound: a put never waits. It is a queue<T> to whoever gets it; who wants to know
/// that memory is bounded takes that one. Once closed, nothing can be asked of it, used or not.
template <class T>
class simple_queue : public queue<T> {
 public:
  simple_queue() = default;
  static simple_queue spawn(actor_system& system) {
    return simple_queue(queue<T>::template spawn_as<detail::fifo_order<T>>(
        system, {.maxsize = unbounded_queue}, true));
  }
  static simple_queue spawn_owned() {
    return simple_queue(queue<T>::template spawn_owned_as<detail::fifo_order<T>>(
        "simple_queue::spawn_owned", {.maxsize = unbounded_queue}, true));
  }

 private:
  explicit simple_queue(const queue<T>& made) noexcept : queue<T>(made) {}
};

}  // namespace troupe
