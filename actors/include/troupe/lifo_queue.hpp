// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/queue.hpp>

namespace troupe {

/// A queue that hands out what came last. It is a queue<T> to whoever gets it.
template <class T>
class lifo_queue : public queue<T> {
 public:
  lifo_queue() = default;
  static lifo_queue spawn(actor_system& system, queue_options options = {}) {
    return lifo_queue(queue<T>::template spawn_as<detail::lifo_order<T>>(system, options));
  }
  static lifo_queue spawn_owned(queue_options options = {}) {
    return lifo_queue(queue<T>::template spawn_owned_as<detail::lifo_order<T>>(
        "lifo_queue::spawn_owned", options));
  }

 private:
  explicit lifo_queue(const queue<T>& made) noexcept : queue<T>(made) {}
};

}  // namespace troupe
