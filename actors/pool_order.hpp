// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <stop_token>
#include <troupe/detail/pool_messages.hpp>
#include <troupe/promise.hpp>
#include <vector>

namespace troupe::detail {

/// Tasks of one order that follow each other, and where their calls lie.
struct pool_run {
  std::uint64_t first = 0;  ///< of the order
  std::uint64_t count = 0;
  std::uint64_t offset = 0;  ///< of `first` in `calls`
  parcel_of_calls calls;

  /// Those after the first `n`, which stay.
  pool_run split(std::uint64_t n);
};

/// What one customer has ordered: tasks that wait for a worker, and outcomes that wait for the customer.
/// Each task is settled once: it gets an outcome, or a failure. \thread its coordinator only
class pool_order {
 public:
  struct notice {
    std::uint64_t order;
    actor_ref<pool_withdrawn> to;
    void operator()() const { to.tell(pool_withdrawn{order}); }
  };

  explicit pool_order(pool_terms terms) : terms_(terms) {}

  const pool_terms& terms() const noexcept { return terms_; }

  // As a whole, or as a stream -----------------------------------------------------------------

  /// It is answered when all of it is settled. \param gone  is told if nobody waits for that any more
  void answer_whole(promise<messages::pool_report> answer, actor_ref<pool_withdrawn> gone,
                    std::uint64_t number);
  void become_stream(bool ordered, const actor_ref<>& owner);
  const actor_ref<>& owner() const noexcept { return owner_; }
  /// The customer of a stream wants more.
  void want(promise<messages::pool_report> answer);

  // Tasks --------------------------------------------------------------------------------------

  void add(const parcel_of_calls& calls);
  void no_more() noexcept { complete_ = true; }
  std::uint64_t waiting() const noexcept { return waiting_; }
  /// So many of those that wait, or fewer; there must be one.
  pool_run take(std::uint64_t most);
  /// Not begun, or to be done again: before all others.
  void put_back(pool_run run);
  /// \return how many workers have died in this task, this one included
  std::uint32_t note_death(std::uint64_t task) { return ++deaths_[task]; }
  std::uint32_t deaths_of(std::uint64_t task) const;

  // Outcomes -----------------------------------------------------------------------------------

  void settle(pool_piece piece);
  /// Nothing is left to do or to say: forget it.
  bool is_over() const noexcept { return over_; }
  void fail(const failure& f);
  /// Tells the customer what there is to tell.
  void deliver();

  /// How long a task takes, as far as is known; 0: nothing is.
  std::int64_t task_nanoseconds() const noexcept { return task_nanoseconds_; }
  void note_time(std::int64_t nanoseconds, std::uint64_t tasks);

 private:
  bool is_settled() const noexcept { return complete_ && settled_ == total_; }
  bool take_ready(std::vector<pool_piece>& into);

  const pool_terms terms_;
  bool stream_ = false;
  bool ordered_ = false;
  bool complete_ = false;  ///< no tasks are added any more
  bool over_ = false;
  actor_ref<> owner_;
  promise<messages::pool_report> answer_;
  std::optional<std::stop_callback<notice>> withdrawal_;

  std::uint64_t total_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t waiting_ = 0;
  std::deque<pool_run> runs_;  ///< that wait
  std::map<std::uint64_t, std::uint32_t> deaths_;
  std::int64_t task_nanoseconds_ = 0;

  std::uint64_t told_ = 0;  ///< of an ordered stream: tasks whose outcomes have gone out
  std::map<std::uint64_t, pool_piece> pieces_;  ///< by first task
};

}  // namespace troupe::detail
