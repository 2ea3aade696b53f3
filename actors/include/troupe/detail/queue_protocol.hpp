// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/queue_result.hpp>
#include <vector>

namespace troupe::messages {

template <class T>
struct queue_put {
  using reply = put_result;
  T item;
  std::optional<std::chrono::nanoseconds> timeout;
};
template <class T>
struct queue_put_many {
  static constexpr bool local_only = !encodable<T>;  // said here: a vector claims to be copyable
  using reply = put_result;
  std::vector<T> items;
  std::optional<std::chrono::nanoseconds> timeout;
};
template <class T>
struct queue_get {
  using reply = taken<T>;
  std::optional<std::chrono::nanoseconds> timeout;
  bool by_thread = false;  ///< asked by an actor that only does so for a plain thread
};
template <class T>
struct queue_get_many {
  using reply = taken<std::vector<T>>;
  std::size_t items_max = 1;
  std::optional<std::chrono::nanoseconds> timeout;
  bool by_thread = false;
};
struct queue_size {
  using reply = std::size_t;
};
struct queue_is_empty {
  using reply = bool;
};
struct queue_is_full {
  using reply = bool;
};
struct queue_is_shut_down {
  using reply = bool;
};
/// How many actors wait to get or to put.
struct queue_waiting {
  using reply = std::size_t;
};
struct queue_limit {
  std::size_t maxsize = 0;
};
struct queue_shutdown {
  bool immediate = false;
};
struct queue_close {};
struct queue_describe {
  using reply = std::string;
};

}  // namespace troupe::messages

namespace troupe::detail {

/// `Of<Ms...>` with all that a queue of T is told and asked, and More.
template <class T, template <class...> class Of, class... More>
using with_queue_messages =
    Of<messages::queue_put<T>, messages::queue_put_many<T>, messages::queue_get<T>,
       messages::queue_get_many<T>, messages::queue_size, messages::queue_is_empty,
       messages::queue_is_full, messages::queue_is_shut_down, messages::queue_waiting,
       messages::queue_limit, messages::queue_shutdown, messages::queue_close,
       messages::queue_describe, messages::queue_received, messages::queue_returned<T>,
       messages::queue_returned<std::vector<T>>, More...>;

}  // namespace troupe::detail
