// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <troupe/detail/pool_messages.hpp>
#include <troupe/detail/pool_source.hpp>

#include "pool_order.hpp"

namespace troupe::detail {

/// Tasks that a worker has been given, and how far it has told of them.
struct pool_assignment {
  std::uint64_t number = 0;
  std::uint64_t order = 0;
  pool_run left = {};         ///< those that it has not told of
  std::uint64_t place = 0;    ///< of the first of these among all tasks it was ever given
  std::int64_t expected = 0;  ///< nanoseconds
  std::uint64_t timer = 0;    ///< 0: it may take as long as it takes
};

struct pool_seat {
  enum class state : std::uint8_t { starting, ready, leaving };
  std::uint64_t number = 0;
  actor_ref<> keeper;  ///< whose end is the worker's
  std::uint64_t monitor = 0;
  state now = state::starting;
  pool_worker_ref worker;
  std::int32_t pid = 0;
  std::shared_ptr<const pool_log> log;  ///< null: it is still being started
  std::uint64_t given = 0;              ///< tasks
  std::optional<exit_reason> end;       ///< known before that of the keeper
  std::deque<pool_assignment> work;

  /// Of all tasks that it was given, those that it has told of.
  std::uint64_t told() const noexcept { return work.empty() ? given : work.front().place; }
};

/// The workers of a pool, each in a seat until it has ended. \thread its coordinator only
class pool_crew {
 public:
  /// \param tasks_max  after so many a worker has done its share; 0: never
  pool_crew(std::unique_ptr<pool_source> source, std::uint64_t tasks_max)
      : source_(std::move(source)), tasks_max_(tasks_max) {}

  bool is_apart() const noexcept { return source_->is_apart(); }
  bool empty() const noexcept { return seats_.empty(); }
  auto begin() { return seats_.begin(); }
  auto end() { return seats_.end(); }
  auto begin() const { return seats_.begin(); }
  auto end() const { return seats_.end(); }

  /// Begins to start one more. \throws what that throws
  void hire(cell& coordinator, const pool_post& post, const parcel_of_calls& initializer);
  /// \return null: it has ended
  pool_seat* find(std::uint64_t number);
  /// The seat of who has ended, which is free now; nothing: it was none of these.
  std::optional<pool_seat> take(const down& news);
  /// Who is to get the next tasks: somebody idle, else, if `quick`, somebody who has little to do.
  /// \return null: nobody
  pool_seat* choose(bool quick);
  /// How many tasks this one may still be given.
  std::uint64_t room_of(const pool_seat& seat) const noexcept;
  /// It has no work left: it leaves if it has done its share.
  void rest(pool_seat& seat);
  void dismiss(pool_seat& seat, bool at_once);
  void dismiss_all(bool at_once);

 private:
  std::unique_ptr<pool_source> source_;
  const std::uint64_t tasks_max_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, pool_seat> seats_;
};

}  // namespace troupe::detail
