// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <utility>

#include "pool_coordinator.hpp"

/// The way of the tasks of a pool: to a worker, and what comes of it.
namespace troupe::detail {
namespace {

/// Short tasks are handed out together, so many that they take about this long.
constexpr std::int64_t share_nanoseconds = 200'000;
constexpr std::uint64_t share_tasks_max = 1024;
constexpr std::size_t share_bytes_max = std::size_t{256} << 10;  // for another process; or one task

std::string task_name(const pool_run& one) {
  return "task " + std::to_string(one.first) + " of " + std::string(one.calls.function()->name);
}

}  // namespace

// Handing out -------------------------------------------------------------------------------------

void pool_coordinator::hand_out() {
  while (!line_.empty()) {
    const std::uint64_t number = *line_.begin();
    pool_order& order = orders_.at(number);
    pool_seat* seat = crew_.choose(order.task_nanoseconds() != 0 && !order.terms().timeout);
    if (!seat) return;
    give(number, order, *seat);
    const auto still = orders_.find(number);
    if (still == orders_.end() || still->second.waiting() == 0) line_.erase(number);
  }
}

/// A chunk; more if they are so short that the way there would take longer.
std::uint64_t pool_coordinator::share_of(const pool_order& order) const {
  const std::uint64_t chunk = order.terms().chunk;
  const std::int64_t each = order.task_nanoseconds();
  if (order.terms().timeout) return 1;
  if (each == 0 || each >= share_nanoseconds) return chunk;
  const auto fits = static_cast<std::uint64_t>(share_nanoseconds / each);
  const std::uint64_t fair = order.waiting() / (2 * static_cast<std::uint64_t>(processes_)) + 1;
  return std::max(chunk, std::min({fits, fair, share_tasks_max}));
}

void pool_coordinator::give(std::uint64_t number, pool_order& order, pool_seat& seat) {
  pool_run run = order.take(std::min(share_of(order), crew_.room_of(seat)));
  pool_work message{.assignment = ++last_assignment_,
                    .first_task = run.first,
                    .from = run.offset,
                    .to = run.offset + run.count,
                    .arrived = seat.told(),
                    .keep = order.terms().idempotent,
                    .calls = run.calls};
  if (crew_.is_apart()) {
    message.calls = pack(number, order, run);
    if (run.count == 0) return;
    message.from = 0;
    message.to = run.count;
  }
  pool_assignment work{.number = message.assignment, .order = number, .place = seat.given};
  const std::int64_t each = order.task_nanoseconds();
  const auto count = static_cast<std::int64_t>(run.count);
  if (each != 0 && each <= share_nanoseconds / count) work.expected = each * count;
  if (const auto limit = order.terms().timeout) {
    work.timer =
        system().tell_after(*limit, self(), pool_late{seat.number, work.number, run.first});
  }
  seat.given += run.count;
  work.left = std::move(run);
  seat.work.push_back(std::move(work));
  seat.worker.tell(std::move(message));
}

/// As bytes, made here, since what cannot be sent must be known. A task that cannot fails, and those
/// behind it wait again: `run` are those before it, perhaps none, and then `order` may be gone.
parcel_of_calls pool_coordinator::pack(std::uint64_t number, pool_order& order, pool_run& run) {
  byte_buffer packed;
  std::uint64_t done = 0;
  try {
    for (; done < run.count && packed.size() < share_bytes_max; ++done)
      run.calls.batch()->pack(packed, run.offset + done);
    if (done < run.count) order.put_back(run.split(done));
  } catch (...) {
    pool_run one = run.split(done);
    pool_run behind = one.split(1);
    if (behind.count != 0) order.put_back(std::move(behind));
    task_failure f{.how = task_end::not_sendable,
                   .text = task_name(one) + ": its arguments cannot be sent: " +
                           failure_of(std::current_exception()).text};
    settle(orders_.find(number), {.first = one.first, .count = 1, .failed = std::move(f)});
  }
  return {*run.calls.function(), std::move(packed)};
}

// What comes of it --------------------------------------------------------------------------------

void pool_coordinator::settle(orders::iterator order, pool_piece piece) {
  order->second.settle(std::move(piece));
  order->second.deliver();
  if (!order->second.is_over()) return;
  line_.erase(order->first);
  orders_.erase(order);
}

void pool_coordinator::on(pool_results m) {
  pool_seat* seat = crew_.find(m.worker);
  if (!seat || seat->work.empty() || seat->work.front().number != m.assignment) return;
  pool_assignment& work = seat->work.front();
  const std::uint64_t count = std::min(m.count, work.left.count);
  pool_piece piece{.first = work.left.first, .count = count, .outcomes = std::move(m.outcomes)};
  if (!piece.outcomes.batch() && m.failure.empty())
    m.failure = "its outcome could not be read: " + piece.outcomes.error();
  if (!m.failure.empty())
    piece.failed = task_failure{.how = task_end::not_sendable, .text = std::move(m.failure)};
  work.left = work.left.split(count);
  work.place += count;
  const std::uint64_t number = work.order;
  if (work.left.count == 0) {
    if (work.timer != 0) system().cancel(work.timer);
    seat->work.pop_front();
    crew_.rest(*seat);
  }
  if (const auto order = orders_.find(number); order != orders_.end()) {
    order->second.note_time(m.busy_nanoseconds, count);
    settle(order, std::move(piece));
  }
  hand_out();
  look_whether_over();
}

void pool_coordinator::on(pool_late m) {
  pool_seat* seat = crew_.find(m.worker);
  if (!seat || seat->work.empty() || seat->work.front().number != m.assignment) return;
  const pool_assignment work = std::move(seat->work.front());
  seat->work.pop_front();
  crew_.dismiss(*seat, true);
  const auto order = orders_.find(work.order);
  if (order == orders_.end()) return;
  settle(order, {.first = work.left.first,
                 .count = 1,
                 .failed = task_failure{.how = task_end::timed_out,
                                        .text = task_name(work.left) +
                                                " took longer than it may; its worker is replaced",
                                        .pid = seat->pid}});
  look_whether_over();
}

/// What a worker that has ended had not told of: outcomes that it left in its log count; what it had begun
/// besides is lost, or is done again; the rest goes to others. It died in the last that it had begun.
void pool_coordinator::take_back(const pool_seat& seat, pool_assignment work,
                                 const exit_reason& why) {
  if (work.timer != 0) system().cancel(work.timer);
  auto order = orders_.find(work.order);
  if (order == orders_.end()) return;
  const std::uint64_t all = seat.log ? seat.log->begun() : 0;
  pool_run begun = std::move(work.left);
  pool_run rest = begun.split(all > work.place ? std::min(all - work.place, begun.count) : 0);
  if (rest.count != 0) order->second.put_back(std::move(rest));
  // From the last on, so that those that are done again lie in their order.
  while (begun.count != 0) {
    pool_run one = begun.split(begun.count - 1);
    const std::uint64_t place = work.place + begun.count;
    if (const auto left = seat.log->outcome_of(place); !left.empty()) {
      auto outcome = one.calls.function()->no_outcomes();
      outcome->unpack(left, nullptr);
      settle(order, {.first = one.first,
                     .count = 1,
                     .outcomes = {*one.calls.function(), std::move(outcome)}});
    } else {
      lose(order, seat, std::move(one), place + 1 == all, why);
    }
    order = orders_.find(work.order);
    if (order == orders_.end()) return;
  }
  if (order->second.waiting() != 0) line_.insert(work.order);
}

void pool_coordinator::lose(orders::iterator order, const pool_seat& seat, pool_run one,
                            bool culprit, const exit_reason& why) {
  pool_order& of = order->second;
  const std::uint32_t deaths = culprit ? of.note_death(one.first) : of.deaths_of(one.first);
  const auto deaths_max = static_cast<std::uint32_t>(options_.deaths_max);
  if (of.terms().idempotent && deaths < deaths_max) {
    of.put_back(std::move(one));
    return;
  }
  task_failure f{.how = task_end::lost,
                 .text = task_name(one) + ": its worker " + std::to_string(seat.number) + " (pid " +
                         std::to_string(seat.pid) + ") ended " +
                         (culprit ? "in it: " : "before it could tell what came of it: ") +
                         to_string(why),
                 .pid = seat.pid,
                 .signal = why.signal,
                 .deaths = deaths};
  if (of.terms().idempotent) f.text += "; set aside after " + std::to_string(deaths) + " deaths";
  settle(order, {.first = one.first, .count = 1, .failed = std::move(f)});
}

}  // namespace troupe::detail
