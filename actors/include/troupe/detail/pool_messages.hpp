// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <troupe/ask.hpp>
#include <troupe/detail/handle.hpp>
#include <troupe/detail/pool_function.hpp>
#include <troupe/detail/pool_log.hpp>
#include <troupe/pool_options.hpp>
#include <vector>

/// What a pool's coordinator is told and asked, by those who use it and by its workers.
namespace troupe {
namespace detail {

/// How the tasks of one order are to be treated.
struct pool_terms {
  std::uint32_t chunk =
      0;  ///< tasks handed out together, at least; 0: a quarter of a worker's share
  bool idempotent = false;
  std::optional<std::chrono::nanoseconds> timeout = {};  ///< for each task
};

/// Some outcomes of one order, from the task `first` on; or one failure for all of these.
struct pool_piece {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  parcel_of_outcomes outcomes = {};
  std::optional<task_failure> failed = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(first, count, outcomes, failed);
  }
};

}  // namespace detail

namespace messages {

struct pool_report {
  std::vector<detail::pool_piece> pieces;
  bool over = false;  ///< nothing more comes
};
/// All at once: answered when each task has ended.
struct pool_submit {
  using reply = pool_report;
  detail::pool_terms terms;
  detail::parcel_of_calls calls;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(terms, calls);
  }
};

struct pool_stream_opened {
  std::uint64_t stream = 0;
  std::uint32_t workers = 0;
};
/// A stream: tasks are added while outcomes are taken.
struct pool_open {
  using reply = pool_stream_opened;
  detail::pool_terms terms;
  bool ordered = true;
  bool by_thread = false;  ///< asked for a plain thread by an actor that ends at once
};
struct pool_feed {
  std::uint64_t stream = 0;
  detail::parcel_of_calls calls;
  bool last = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stream, calls, last);
  }
};
/// Answered as soon as there is something.
struct pool_next {
  using reply = pool_report;
  std::uint64_t stream = 0;
};
struct pool_drop {
  std::uint64_t stream = 0;
};

/// What that actor orders counts as ordered by now, also if a close() comes first.
struct pool_announce {
  actor_ref<> who;
};

struct pool_ready {};
struct pool_enter {};
struct pool_close {};
struct pool_terminate {};
struct pool_join {};
struct pool_size {
  using reply = int;
};
struct pool_crew {
  using reply = std::vector<pool_worker_info>;
};
struct pool_describe {
  using reply = std::string;
};

}  // namespace messages

namespace detail {

/// Work for one worker, and what comes of it.
struct pool_work {
  std::uint64_t assignment = 0;
  std::uint64_t first_task = 0;  ///< of the order; for people
  std::uint64_t from = 0;        ///< in `calls`
  std::uint64_t to = 0;
  std::uint64_t arrived = 0;  ///< of all tasks that this worker has had, those that it has told of
  bool keep = false;          ///< the arguments may be needed again
  parcel_of_calls calls;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(assignment, first_task, from, to, arrived, keep, calls);
  }
};
struct pool_results {
  std::uint64_t worker = 0;
  std::uint64_t assignment = 0;
  std::uint64_t count = 0;
  std::int64_t busy_nanoseconds = 0;
  parcel_of_outcomes outcomes = {};
  std::string failure = {};  ///< not empty: why none of them could be run

  template <class Archive>
  void serialize(Archive& archive) {
    archive(worker, assignment, count, busy_nanoseconds, outcomes, failure);
  }
};

struct pool_worker_step {
  static constexpr bool local_only = true;
};
struct pool_worker_wait {
  static constexpr bool local_only = true;
};
using pool_worker_ref = actor_ref<pool_work>;

struct pool_worker_ready {
  static constexpr bool local_only = true;
  std::uint64_t worker = 0;
  pool_worker_ref ref;
  std::int32_t pid = 0;
  std::shared_ptr<const pool_log> log;
};
/// Told before its end by one that has died elsewhere: how.
struct pool_worker_over {
  static constexpr bool local_only = true;
  std::uint64_t worker = 0;
  exit_reason reason;
};
/// Nobody waits for the answer to an order any more.
struct pool_withdrawn {
  static constexpr bool local_only = true;
  std::uint64_t order = 0;
};
struct pool_late {
  static constexpr bool local_only = true;
  std::uint64_t worker = 0;
  std::uint64_t assignment = 0;
  std::uint64_t task = 0;
};

template <template <class...> class Of, class... More>
using with_pool_messages =
    Of<messages::pool_submit, messages::pool_open, messages::pool_feed, messages::pool_next,
       messages::pool_drop, messages::pool_announce, messages::pool_ready, messages::pool_enter,
       messages::pool_close, messages::pool_terminate, messages::pool_join, messages::pool_size,
       messages::pool_crew, messages::pool_describe, More...>;

/// What workers, and those who stand for them, may say to the coordinator.
using pool_post = actor_ref<pool_results, pool_worker_ready, pool_worker_over>;

}  // namespace detail
}  // namespace troupe
