// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/owner.hpp>
#include <troupe/detail/queue_engine.hpp>
#include <utility>
#include <vector>

namespace troupe {

/// As queue_options::maxsize: no bound but memory.
inline constexpr std::size_t unbounded_queue = 0;

struct queue_options {
  /// Most items that lie in it; a put beyond waits or is refused. `unbounded_queue`: as many as come.
  std::size_t maxsize = 256;
};

namespace detail {
bool called_by_thread() noexcept;           ///< by a plain thread, outside any actor
void require_items(std::size_t items_max);  ///< \throws std::invalid_argument if 0

/// The verbs that all queues have. `More`: what this one's coordinator understands besides.
template <class T, class... More>
class queue_handle : public with_queue_messages<T, handle, More...> {
  using base = with_queue_messages<T, handle, More...>;
  using duration = std::chrono::nanoseconds;

 public:
  queue_handle() = default;

  /// Puts `item` at its place; waits while the queue is full, first come first served.
  /// \return false if it was shut down before. What is not put is gone: keep a copy if it matters
  auto put(T item) const {
    return this->coordinator_.ask(messages::queue_put<T>{std::move(item), {}});
  }
  /// \param timeout  longest wait for room   \return false: is_full() or is_shut_down()
  /// \throws std::invalid_argument if negative
  auto put(T item, duration timeout) const {
    return this->coordinator_.ask(
        messages::queue_put<T>{std::move(item), checked_patience(timeout, "queue::put")});
  }
  auto put_nowait(T item) const { return put(std::move(item), duration{}); }
  /// The same as one put after the other, but as one question; `put_result::items` says how many are
  /// in the queue. What many a little would cost, this saves, above all between processes.
  auto put_many(std::vector<T> items) const {
    return this->coordinator_.ask(messages::queue_put_many<T>{std::move(items), {}});
  }
  auto put_many(std::vector<T> items, duration timeout) const {
    return this->coordinator_.ask(messages::queue_put_many<T>{
        std::move(items), checked_patience(timeout, "queue::put_many")});
  }

  /// The next item; waits while there is none, first come first served.
  /// \return nothing once it is shut down and nothing is left: the end of the stream
  auto get() const {
    return this->coordinator_.ask(messages::queue_get<T>{{}, called_by_thread()});
  }
  /// \param timeout  longest wait for an item   \return nothing: is_empty() or is_shut_down()
  /// \throws std::invalid_argument if negative
  auto get(duration timeout) const {
    return this->coordinator_.ask(
        messages::queue_get<T>{checked_patience(timeout, "queue::get"), called_by_thread()});
  }
  auto get_nowait() const { return get(duration{}); }
  /// All that is there, at most `items_max` and at least one: waits only while there is none. They are
  /// all handed over, or, if the answer reaches nobody, none.
  /// \throws std::invalid_argument if items_max is 0, or the timeout negative
  auto get_many(std::size_t items_max) const {
    require_items(items_max);
    return this->coordinator_.ask(messages::queue_get_many<T>{items_max, {}, called_by_thread()});
  }
  auto get_many(std::size_t items_max, duration timeout) const {
    require_items(items_max);
    return this->coordinator_.ask(messages::queue_get_many<T>{
        items_max, checked_patience(timeout, "queue::get_many"), called_by_thread()});
  }

  auto qsize() const { return this->coordinator_.ask(messages::queue_size{}); }
  auto empty() const { return this->coordinator_.ask(messages::queue_is_empty{}); }
  /// Whether another put would have to wait.
  auto full() const { return this->coordinator_.ask(messages::queue_is_full{}); }
  /// Actors that wait to get or to put.
  auto waiting() const { return this->coordinator_.ask(messages::queue_waiting{}); }
  /// Another bound. What lies in the queue stays, also if it is more than that.
  auto set_maxsize(std::size_t items) const {
    return this->coordinator_.ask(messages::queue_limit{items});
  }

  /// From now on nothing can be put; who waits to put is refused. What is there can still be taken;
  /// then every get says `shut_down`. \param immediate  what is there is thrown away
  auto shutdown(bool immediate = false) const {
    return this->coordinator_.ask(messages::queue_shutdown{immediate});
  }
  auto is_shut_down() const { return this->coordinator_.ask(messages::queue_is_shut_down{}); }
  /// Throws away what is there; from now on every use, by whomever, is a misuse_error. Of a queue that
  /// was never used one may still ask the size.
  auto close() const { return this->coordinator_.ask(messages::queue_close{}); }
  /// "queue: 3/10 items", "queue: 0 items, shut down".
  auto describe() const { return this->coordinator_.ask(messages::queue_describe{}); }

 protected:
  explicit queue_handle(const typename base::coordinator_ref& coordinator) noexcept
      : base(coordinator) {}
};

template <class T, class Order>
class plain_queue
    : public queue_engine<T, Order, with_queue_messages<T, actor, wait_expired, wait_withdrawn>> {
 public:
  using queue_engine<T, Order,
                     with_queue_messages<T, actor, wait_expired, wait_withdrawn>>::queue_engine;
};

}  // namespace detail

/// Items that some actors put and others take, each item by one of them, in the order in which they
/// came. A value: copy it, keep it, send it to any process; the queue itself is an actor, and when
/// that ends, so does every wait, with `actor_down`. A default-made handle refers to nothing.
///
/// Nobody takes an item along that it has not received: if the answer to a get finds nobody, because
/// the actor has ended or has given up, the item goes back to its place and to the next who waits. No
/// two living actors ever have the same item. If a process dies, what was on its way there goes
/// back as well; it may happen, then, that the dead had begun with it (at most
/// `hand_outs_in_doubt_max` times with one item). Who may not begin twice uses a joinable_queue.
///
/// Each verb is an ask: `co_await q.get()` in an actor, `.get()` in a plain thread, `.result()` for
/// the outcome as a value. Nothing happens before one of these.
/// \tparam T  movable without exceptions   \thread any   \cost of a verb: one question and one answer
template <class T>
class queue : public detail::queue_handle<T> {
 public:
  queue() = default;

  /// A new queue, empty. It lives as long as the system, or until its coordinator is stopped.
  static queue spawn(actor_system& system, queue_options options = {}) {
    return spawn_as<detail::fifo_order<T>>(system, options);
  }
  /// The same, owned by the actor that calls: it ends with it. \throws misuse_error outside actors
  static queue spawn_owned(queue_options options = {}) {
    return spawn_owned_as<detail::fifo_order<T>>("queue::spawn_owned", options);
  }

 protected:
  explicit queue(const typename queue::coordinator_ref& coordinator) noexcept
      : detail::queue_handle<T>(coordinator) {}

  template <class Order>
  static queue spawn_as(actor_system& system, queue_options options, bool used = false) {
    return queue(system.spawn<detail::plain_queue<T, Order>>(options.maxsize, used));
  }
  template <class Order>
  static queue spawn_owned_as(const char* verb, queue_options options, bool used = false) {
    detail::cell& owner = detail::owner_here(verb);
    return queue(detail::spawn_class<detail::plain_queue<T, Order>>(*owner.system.load(), &owner,
                                                                    options.maxsize, used));
  }
};

}  // namespace troupe
