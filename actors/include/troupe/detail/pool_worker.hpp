// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <troupe/actor.hpp>
#include <troupe/detail/pool_messages.hpp>

namespace troupe::detail {

/// What a worker does: it runs what it is given, in order, and tells what came of it; not after each task,
/// but when a while has passed since it last did, so that short tasks share the price of a message. What
/// it has not told yet, or what may still be on its way, is in its log. \thread its worker only
class pool_bench {
 public:
  pool_bench(pool_post coordinator, std::uint64_t number, std::shared_ptr<pool_log> log);

  const pool_post& coordinator() const noexcept { return coordinator_; }
  std::uint64_t number() const noexcept { return number_; }
  const std::shared_ptr<pool_log>& log() const noexcept { return log_; }
  /// Where it leaves word; before the first task.
  void keep_in(std::shared_ptr<pool_log> log) { log_ = std::move(log); }

  void add(pool_work work);
  bool is_idle() const noexcept { return waiting_.empty(); }
  bool next_waits() const noexcept;  ///< for something, since it is a coroutine; there must be one

  /// Runs tasks for a while, and tells.
  void run(actor_system& system);
  /// Runs one task that is a coroutine, and tells.
  task<void> run_waiting(actor_system& system);

 private:
  pool_work& begin_task(actor_system& system);
  void end_task(pool_work& work);
  bool is_time_to_tell(actor_system& system, const pool_work& work) const;
  void tell(actor_system& system, pool_work& work);

  const pool_post coordinator_;
  const std::uint64_t number_;
  const bool apart_;  ///< what comes of tasks leaves this process
  std::shared_ptr<pool_log> log_;
  std::deque<pool_work> waiting_;
  // Of the first of these, since it was last told of:
  std::shared_ptr<outcome_batch> outcomes_;
  byte_buffer packed_;
  std::uint64_t ended_ = 0;
  std::chrono::steady_clock::time_point since_;
};

/// Makes one call, whichever it is. \return what came of it
task<std::shared_ptr<outcome_batch>> run_call(actor_system& system, const parcel_of_calls& call);
/// Before its first task. If it throws, so does this.
task<void> run_initializer(actor_system& system, const parcel_of_calls& call);

/// A worker as an actor. Between two steps its mailbox gets a turn, and so does the link to the
/// coordinator, if that lives elsewhere. \tparam More  what else it is told
template <class... More>
class pool_worker_actor : public actor<pool_work, pool_worker_step, pool_worker_wait, More...> {
 public:
  pool_worker_actor(pool_post coordinator, std::uint64_t number, std::shared_ptr<pool_log> log)
      : bench_(coordinator, number, std::move(log)) {}

  void on(pool_work work) {
    const bool was_idle = bench_.is_idle();
    bench_.add(std::move(work));
    if (was_idle) go_on();
  }
  void on(pool_worker_step) {
    bench_.run(this->system());
    go_on();
  }
  task<void> on(pool_worker_wait) {
    auto running = bench_.run_waiting(this->system());
    co_await std::move(running);
    go_on();
  }

 protected:
  pool_bench& bench() noexcept { return bench_; }

 private:
  void go_on() {
    if (bench_.is_idle()) return;
    if (bench_.next_waits()) {
      this->self().tell(pool_worker_wait{});
    } else {
      this->self().tell(pool_worker_step{});
    }
  }

  pool_bench bench_;
};

}  // namespace troupe::detail
