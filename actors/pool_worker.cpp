// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/actor_system.hpp>
#include <troupe/detail/pool_worker.hpp>
#include <utility>

namespace troupe::detail {

using namespace std::chrono_literals;

namespace {
/// What has ended may lie untold for so long; also how long a worker runs without looking up.
constexpr auto tell_after = 50us;
constexpr std::size_t tell_bytes = std::size_t{256} << 10;
}  // namespace

pool_bench::pool_bench(pool_post coordinator, std::uint64_t number, std::shared_ptr<pool_log> log)
    : coordinator_(coordinator),
      number_(number),
      apart_(is_remote(coordinator.where())),
      log_(std::move(log)) {}

void pool_bench::add(pool_work work) {
  log_->arrived(work.arrived);
  if (work.calls.batch()) {
    waiting_.push_back(std::move(work));
    return;
  }
  coordinator_.tell(
      pool_results{.worker = number_,
                   .assignment = work.assignment,
                   .count = work.to - work.from,
                   .failure = "its arguments could not be read: " + work.calls.error()});
}

bool pool_bench::next_waits() const noexcept { return waiting_.front().calls.function()->waits; }

void pool_bench::run(actor_system& system) {
  do {
    pool_work& work = begin_task(system);
    work.calls.batch()->call(work.from, system, work.keep, *outcomes_);
    end_task(work);
  } while (!is_time_to_tell(system, waiting_.front()));
  tell(system, waiting_.front());
}

task<void> pool_bench::run_waiting(actor_system& system) {
  pool_work& work = begin_task(system);
  auto running = work.calls.batch()->call_waiting(work.from, system, work.keep, *outcomes_);
  co_await std::move(running);
  end_task(work);
  tell(system, work);  // the next may wait for long
}

pool_work& pool_bench::begin_task(actor_system& system) {
  pool_work& work = waiting_.front();
  if (!outcomes_) {
    outcomes_ = work.calls.function()->no_outcomes();
    since_ = system.now();
  }
  log_->begin();
  return work;
}

void pool_bench::end_task(pool_work& work) {
  if (outcomes_->has_failed(ended_)) {
    task_failure f = outcomes_->failure_of(ended_);
    f.text = "task " + std::to_string(work.first_task + ended_) + " of " +
             std::string(work.calls.function()->name) + ", in worker " + std::to_string(number_) +
             ": " + f.text;
    outcomes_->set_failure(ended_, std::move(f));
  }
  if (apart_) {
    const std::size_t before = packed_.size();
    outcomes_->pack(packed_, ended_);
    log_->keep(packed_.bytes().subspan(before));
  }
  ++ended_;
  ++work.from;
}

bool pool_bench::is_time_to_tell(actor_system& system, const pool_work& work) const {
  return work.from == work.to || packed_.size() >= tell_bytes ||
         system.now() - since_ >= tell_after;
}

void pool_bench::tell(actor_system& system, pool_work& work) {
  const pool_function& function = *work.calls.function();
  coordinator_.tell(
      pool_results{.worker = number_,
                   .assignment = work.assignment,
                   .count = ended_,
                   .busy_nanoseconds = (system.now() - since_).count(),
                   .outcomes = apart_ ? parcel_of_outcomes(function, std::exchange(packed_, {}))
                                      : parcel_of_outcomes(function, std::move(outcomes_)),
                   .failure = {}});
  outcomes_.reset();
  work.first_task += std::exchange(ended_, 0);
  if (work.from == work.to) waiting_.pop_front();
}

task<std::shared_ptr<outcome_batch>> run_call(actor_system& system, const parcel_of_calls& call) {
  const pool_function& function = *call.function();
  auto outcome = function.no_outcomes();
  if (function.waits) {
    auto running = call.batch()->call_waiting(0, system, true, *outcome);
    co_await std::move(running);
  } else {
    call.batch()->call(0, system, true, *outcome);
  }
  co_return outcome;
}

task<void> run_initializer(actor_system& system, const parcel_of_calls& call) {
  if (!call.batch()) {
    throw_failure({errc::bad_message, "its initializer could not be read: " + call.error(), {}});
  }
  auto running = run_call(system, call);
  const std::shared_ptr<outcome_batch> outcome = co_await std::move(running);
  if (outcome->has_failed(0)) {
    throw_failure(
        {errc::handler_failed, "its initializer threw " + outcome->failure_of(0).text, {}});
  }
}

}  // namespace troupe::detail
