// SPDX-License-Identifier: BSD-3-Clause
#include "pool_coordinator.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <troupe/detail/system_core.hpp>
#include <utility>

namespace troupe::detail {
namespace {

/// After so many workers in a row that could not be started the pool gives up.
constexpr int failed_starts_max = 3;

int checked_processes(const pool_options& options) {
  const auto given = options.processes.get();
  if (!given) return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (*given < 1) {
    throw std::invalid_argument("pool_options.processes is " + std::to_string(*given) +
                                "; a pool needs at least 1");
  }
  return *given;
}

std::uint64_t checked_tasks(const pool_options& options) {
  const auto given = options.maxtasksperchild.get();
  if (!given) return 0;
  if (*given < 1) {
    throw std::invalid_argument("pool_options.maxtasksperchild is " + std::to_string(*given) +
                                "; a worker must be allowed at least 1");
  }
  return static_cast<std::uint64_t>(*given);
}

pool_options checked(pool_options options) {
  if (options.deaths_max < 1) {
    throw std::invalid_argument("pool_options.deaths_max is " + std::to_string(options.deaths_max) +
                                "; a task can be lost only after at least 1");
  }
  return options;
}

}  // namespace

pool_coordinator::pool_coordinator(pool_options options, std::unique_ptr<pool_source> source)
    : processes_(checked_processes(options)),
      options_(checked(std::move(options))),
      crew_(std::move(source), checked_tasks(options_)) {
  for (int i = 0; i < processes_ && phase_ == phase::starting; ++i) hire();
}

pool_coordinator::~pool_coordinator() {
  // Not left to an owner's end, which waits for handlers: a task may wait for ever.
  crew_.dismiss_all(true);
  if (!takes_orders() || !system().core().says(log_level::warning)) return;
  std::fprintf(stderr,
               "troupe: the pool '%s' was neither closed nor terminated; it ends with %zu %s\n",
               options_.name.c_str(), orders_.size(),
               orders_.size() == 1 ? "unfinished order" : "unfinished orders");
}

bool pool_coordinator::takes_order_of(const actor_ref<>& who) {
  const bool announced = announced_.erase(who) != 0;
  return takes_orders() || (announced && phase_ == phase::closed);
}

failure pool_coordinator::refusal() const {
  if (phase_ == phase::ended) return why_ended_;
  return {errc::misuse, "the pool '" + options_.name + "' is closed: it takes no more tasks", {}};
}

// Orders ------------------------------------------------------------------------------------------

pool_terms pool_coordinator::completed(pool_terms terms, std::uint64_t tasks) const {
  if (terms.chunk == 0) {
    const auto quarters = 4 * static_cast<std::uint64_t>(processes_);
    terms.chunk = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>((tasks + quarters - 1) / quarters, 1, UINT32_MAX));
  }
  return terms;
}

promise<messages::pool_report> pool_coordinator::on(messages::pool_submit m) {
  auto answer = make_promise<messages::pool_report>();
  if (!takes_order_of(answer.asker())) {
    answer.set_failure(refusal());
    return answer;
  }
  if (!m.calls.batch()) {
    answer.set_failure(
        {errc::bad_message, "the arguments could not be read: " + m.calls.error(), {}});
    look_whether_over();
    return answer;
  }
  const std::uint64_t number = ++last_order_;
  const auto order = orders_.try_emplace(number, completed(m.terms, m.calls.batch()->size())).first;
  order->second.answer_whole(answer, self(), number);
  order->second.add(m.calls);
  order->second.no_more();
  order->second.deliver();
  if (order->second.is_over()) {
    forget(number);
    return answer;
  }
  line_.insert(number);
  hand_out();
  return answer;
}

promise<messages::pool_stream_opened> pool_coordinator::on(const messages::pool_open& m) {
  auto answer = make_promise<messages::pool_stream_opened>();
  if (!takes_order_of(answer.asker())) {
    answer.set_failure(refusal());
    return answer;
  }
  const std::uint64_t number = ++last_order_;
  const actor_ref<> owner = m.by_thread ? actor_ref<>{} : answer.asker();
  orders_.try_emplace(number, completed(m.terms, 1)).first->second.become_stream(m.ordered, owner);
  watched_.add(owner);
  answer.set_value(messages::pool_stream_opened{number, static_cast<std::uint32_t>(processes_)});
  return answer;
}

void pool_coordinator::on(const messages::pool_feed& m) {
  const auto order = orders_.find(m.stream);
  if (order == orders_.end()) return;
  if (m.last) order->second.no_more();
  if (m.calls.batch()) {
    order->second.add(m.calls);
  } else if (!m.calls.error().empty()) {
    order->second.fail(
        {errc::bad_message, "the arguments could not be read: " + m.calls.error(), {}});
    return forget(m.stream);
  }
  order->second.deliver();
  if (order->second.waiting() != 0) line_.insert(m.stream);
  hand_out();
}

promise<messages::pool_report> pool_coordinator::on(messages::pool_next m) {
  auto answer = make_promise<messages::pool_report>();
  const auto order = orders_.find(m.stream);
  if (order != orders_.end()) {
    order->second.want(answer);
    if (order->second.is_over()) forget(m.stream);
  } else if (phase_ == phase::ended) {
    answer.set_failure(why_ended_);
  } else {
    answer.set_failure({errc::misuse, "the pool has no such stream any more", {}});
  }
  return answer;
}

void pool_coordinator::on(messages::pool_drop m) { forget(m.stream); }

void pool_coordinator::on(const messages::pool_announce& m) {
  if (!takes_orders() || !m.who) return;
  watched_.add(m.who);
  announced_.insert(m.who);
}

void pool_coordinator::forget(std::uint64_t order) {
  orders_.erase(order);
  line_.erase(order);
  look_whether_over();
}

// Workers -----------------------------------------------------------------------------------------

void pool_coordinator::hire() {
  try {
    crew_.hire(home(), self(), options_.initializer.call());
  } catch (...) {
    not_started(failure_of(std::current_exception()).text);
  }
}

void pool_coordinator::on(pool_worker_ready m) {
  pool_seat* seat = crew_.find(m.worker);
  if (!seat) return;
  seat->worker = m.ref;
  seat->pid = m.pid;
  seat->log = std::move(m.log);
  if (seat->now != pool_seat::state::starting) return;  // it is to leave
  seat->now = pool_seat::state::ready;
  failed_starts_ = 0;
  if (++ready_ == processes_ && phase_ == phase::starting) phase_ = phase::open;
  if (ready_ >= processes_) {
    for (auto& p : std::exchange(starters_, {})) p.set_value();
  }
  hand_out();
}

void pool_coordinator::on(pool_worker_over m) {
  if (pool_seat* seat = crew_.find(m.worker)) seat->end = std::move(m.reason);
}

void pool_coordinator::on(const down& news) {
  if (const auto whom = watched_.take(news)) {
    std::vector<std::uint64_t> theirs;
    for (const auto& [number, order] : orders_) {
      if (order.owner() == *whom) theirs.push_back(number);
    }
    for (const std::uint64_t number : theirs) forget(number);
    announced_.erase(*whom);
    look_whether_over();
    return;
  }
  auto seat = crew_.take(news);
  if (!seat) return;
  const exit_reason why = seat->end.value_or(news.reason);
  while (!seat->work.empty()) {
    pool_assignment last = std::move(seat->work.back());
    seat->work.pop_back();
    take_back(*seat, std::move(last), why);
  }
  if (seat->now == pool_seat::state::starting) {
    not_started(to_string(why));
  } else if (takes_orders() || (phase_ == phase::closed && has_work())) {
    hire();
  }
  hand_out();
  look_whether_over();
}

void pool_coordinator::not_started(const std::string& why) {
  if (phase_ == phase::ended) return;
  if (phase_ == phase::starting || ++failed_starts_ >= failed_starts_max) {
    end({errc::broken, "the pool '" + options_.name + "' cannot start a worker: " + why, {}});
  } else if (takes_orders() || has_work()) {
    hire();
  }
}

void pool_coordinator::end(failure why) {
  phase_ = phase::ended;
  why_ended_ = std::move(why);
  line_.clear();
  announced_.clear();
  for (auto& [number, order] : std::exchange(orders_, {})) order.fail(why_ended_);
  for (auto& p : std::exchange(starters_, {})) p.set_failure(why_ended_);
  crew_.dismiss_all(true);
}

void pool_coordinator::look_whether_over() {
  if (takes_orders()) return;
  if (phase_ == phase::closed && !has_work()) crew_.dismiss_all(false);
  if (!crew_.empty()) return;
  for (auto& p : std::exchange(joiners_, {})) p.set_value();
}

// The pool itself ---------------------------------------------------------------------------------

promise<void> pool_coordinator::on(messages::pool_ready) {
  auto answer = make_promise<void>();
  if (phase_ == phase::ended) {
    answer.set_failure(why_ended_);
  } else if (ready_ >= processes_) {
    answer.set_value();
  } else {
    starters_.push_back(answer);
  }
  return answer;
}

promise<void> pool_coordinator::on(messages::pool_enter) {
  auto answer = make_promise<void>();
  if (takes_orders()) {
    answer.set_value();
  } else {
    answer.set_failure(refusal());
  }
  return answer;
}

void pool_coordinator::on(messages::pool_close) {
  if (takes_orders()) phase_ = phase::closed;
  look_whether_over();
}

void pool_coordinator::on(messages::pool_terminate) {
  if (phase_ != phase::ended)
    end({errc::cancelled, "the pool '" + options_.name + "' was terminated", {}});
  look_whether_over();
}

promise<void> pool_coordinator::on(messages::pool_join) {
  auto answer = make_promise<void>();
  if (takes_orders()) {
    answer.set_failure(
        {errc::misuse,
         "the pool '" + options_.name + "' is running: close() or terminate() it first",
         {}});
  } else if (crew_.empty()) {
    answer.set_value();
  } else {
    joiners_.push_back(answer);
  }
  return answer;
}

std::vector<pool_worker_info> pool_coordinator::on(messages::pool_crew) const {
  std::vector<pool_worker_info> all;
  for (const auto& [number, seat] : crew_) {
    if (seat.now == pool_seat::state::leaving) continue;
    all.push_back({static_cast<int>(number), seat.pid, seat.worker, seat.given});
  }
  return all;
}

std::string pool_coordinator::on(messages::pool_describe) const {
  constexpr const char* names[] = {"starting", "open", "closed", "ended"};
  std::uint64_t waiting = 0;
  for (const auto& [number, order] : orders_) waiting += order.waiting();
  return "pool: " + std::to_string(on(messages::pool_crew{}).size()) + "/" +
         std::to_string(processes_) + " workers, " + std::to_string(waiting) + " tasks waiting, " +
         names[static_cast<int>(phase_)];
}

}  // namespace troupe::detail
