// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/joinable_engine.hpp>
#include <troupe/queue.hpp>

namespace troupe {

struct joinable_queue_options {
  std::size_t maxsize = 256;  ///< as in queue_options
  /// How often an item is handed out at most. 1: if its consumer ends before task_done(), it has
  /// failed. More: the next consumer gets it, until it has ended so many of them, or the queue has
  /// been shut down. At least 1.
  unsigned deliveries = 1;
};

/// A queue that knows when its items are not only taken but done: who has taken one says so with
/// task_done(), and join() waits until all are. If a consumer ends before that, by a crash or by a
/// clean exit, its items are handed out again or have failed, as the options say; join() returns in
/// any case and says which have failed. An item that never reached its consumer goes back as in
/// queue<T>; if it was on its way to another process that died, it counts as taken.
///
/// Items taken by a plain thread are nobody's: the thread's end does not make them fail. T must be
/// copyable, since the queue keeps each item until it is done.
template <class T>
class joinable_queue
    : public detail::queue_handle<T, messages::queue_task_done, messages::queue_join<T>> {
  using base = detail::queue_handle<T, messages::queue_task_done, messages::queue_join<T>>;

 public:
  joinable_queue() = default;

  /// \throws std::invalid_argument naming the option
  static joinable_queue spawn(actor_system& system, joinable_queue_options options = {}) {
    return joinable_queue(
        system.spawn<detail::joinable_engine<T>>(options.maxsize, options.deliveries));
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static joinable_queue spawn_owned(joinable_queue_options options = {}) {
    detail::cell& owner = detail::owner_here("joinable_queue::spawn_owned");
    return joinable_queue(detail::spawn_class<detail::joinable_engine<T>>(
        *owner.system.load(), &owner, options.maxsize, options.deliveries));
  }

  /// So many items are done: those that the caller has had longest; if it has none, those of plain
  /// threads, then anybody's. \throws misuse_error if not so many are taken and not yet done
  auto task_done(std::size_t items = 1) const {
    return this->coordinator_.ask(messages::queue_task_done{items, detail::called_by_thread()});
  }

  /// Waits until every item that was put is done, has failed, or was thrown away by a shutdown.
  /// \return what has failed since the last time all were done
  auto join() const { return this->coordinator_.ask(messages::queue_join<T>{}); }

 private:
  explicit joinable_queue(const typename base::coordinator_ref& coordinator) noexcept
      : base(coordinator) {}
};

}  // namespace troupe
