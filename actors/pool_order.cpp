// SPDX-License-Identifier: BSD-3-Clause
#include "pool_order.hpp"

#include <algorithm>
#include <utility>

namespace troupe::detail {

pool_run pool_run::split(std::uint64_t n) {
  pool_run rest{first + n, count - n, offset + n, calls};
  count = n;
  return rest;
}

void pool_order::answer_whole(promise<messages::pool_report> answer, actor_ref<pool_withdrawn> gone,
                              std::uint64_t number) {
  answer_ = std::move(answer);
  withdrawal_.emplace(answer_.cancellation(), notice{number, gone});
}

void pool_order::become_stream(bool ordered, const actor_ref<>& owner) {
  stream_ = true;
  ordered_ = ordered;
  owner_ = owner;
}

void pool_order::want(promise<messages::pool_report> answer) {
  answer_ = std::move(answer);
  deliver();
}

void pool_order::add(const parcel_of_calls& calls) {
  const std::uint64_t count = calls.batch()->size();
  if (count == 0) return;
  runs_.push_back({total_, count, 0, calls});
  total_ += count;
  waiting_ += count;
}

pool_run pool_order::take(std::uint64_t most) {
  pool_run run = std::move(runs_.front());
  runs_.pop_front();
  if (run.count > most) runs_.push_front(run.split(most));
  waiting_ -= run.count;
  return run;
}

void pool_order::put_back(pool_run run) {
  waiting_ += run.count;
  runs_.push_front(std::move(run));
}

std::uint32_t pool_order::deaths_of(std::uint64_t task) const {
  const auto found = deaths_.find(task);
  return found == deaths_.end() ? 0 : found->second;
}

void pool_order::settle(pool_piece piece) {
  settled_ += piece.count;
  pieces_.emplace(piece.first, std::move(piece));
}

void pool_order::fail(const failure& f) {
  answer_.set_failure(f);
  over_ = true;
}

void pool_order::deliver() {
  if (over_ || !answer_ || (!stream_ && !is_settled())) return;
  messages::pool_report report;
  const bool all = take_ready(report.pieces);
  report.over = all && is_settled();
  if (report.pieces.empty() && !report.over) return;
  over_ = report.over;
  std::exchange(answer_, {}).set_value(std::move(report));
}

/// \return whether that was the last of what is settled
bool pool_order::take_ready(std::vector<pool_piece>& into) {
  while (!pieces_.empty()) {
    const auto next = pieces_.begin();
    if (stream_ && ordered_ && next->first != told_) break;
    told_ = next->first + next->second.count;
    into.push_back(std::move(next->second));
    pieces_.erase(next);
  }
  return pieces_.empty();
}

void pool_order::note_time(std::int64_t nanoseconds, std::uint64_t tasks) {
  if (tasks == 0) return;
  const std::int64_t each =
      std::max<std::int64_t>(1, nanoseconds / static_cast<std::int64_t>(tasks));
  task_nanoseconds_ = task_nanoseconds_ == 0 ? each : (3 * task_nanoseconds_ + each) / 4;
}

}  // namespace troupe::detail
