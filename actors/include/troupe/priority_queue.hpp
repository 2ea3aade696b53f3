// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/queue.hpp>

namespace troupe {

/// A queue that hands out the smallest item, by `<`; of equal ones the one that came first. It is a
/// queue<T> to whoever gets it. If a comparison throws, that put fails and the queue is as it was.
template <class T>
class priority_queue : public queue<T> {
 public:
  priority_queue() = default;
  static priority_queue spawn(actor_system& system, queue_options options = {}) {
    return priority_queue(queue<T>::template spawn_as<detail::priority_order<T>>(system, options));
  }
  static priority_queue spawn_owned(queue_options options = {}) {
    return priority_queue(queue<T>::template spawn_owned_as<detail::priority_order<T>>(
        "priority_queue::spawn_owned", options));
  }

 private:
  explicit priority_queue(const queue<T>& made) noexcept : queue<T>(made) {}
};

}  // namespace troupe
