// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/timer_queue.hpp>

#include <troupe/detail/cell.hpp>

namespace troupe::detail {
namespace {

/// Of an actor in another process this is not known; what is sent there is a dead letter.
bool is_gone(const address& to) noexcept {
  const cell& home = *to.home;
  return home.route == to.home && !home.kind->raw &&
         home.generation.load(std::memory_order_relaxed) != to.generation;
}

}  // namespace

void timer_queue::note_next() noexcept {
  // seq_cst: against the sleeper that announces itself, then looks here.
  next_.store(due_.empty() ? INT64_MAX : due_.begin()->first.first, std::memory_order_seq_cst);
}

std::uint64_t timer_queue::add(std::int64_t when, const address& to, envelope_ptr e, bool& earliest,
                               repetition again) {
  std::scoped_lock hold{mutex_};
  const std::uint64_t id = ++last_id_;
  earliest = due_.empty() || when < due_.begin()->first.first;
  const auto known = when_.emplace(id, when).first;
  try {
    due_.emplace(key{when, id}, entry{to, std::move(e), again});
  } catch (...) {
    when_.erase(known);
    throw;
  }
  note_next();
  return id;
}

bool timer_queue::cancel(std::uint64_t id) noexcept {
  due_map::node_type gone;  // its payload ends outside the lock
  std::scoped_lock hold{mutex_};
  const auto found = when_.find(id);
  if (found == when_.end()) return false;
  gone = due_.extract(key{found->second, id});  // empty: it rings now, and will not ring again
  when_.erase(found);
  note_next();
  return true;
}

/// The first timer if it is due. One that repeats stays known, so that cancel() finds it.
timer_queue::due_map::node_type timer_queue::take_due(std::int64_t now) noexcept {
  std::scoped_lock hold{mutex_};
  if (due_.empty() || due_.begin()->first.first > now) return {};
  auto timer = due_.extract(due_.begin());
  if (timer.mapped().again.period == 0) when_.erase(timer.key().second);
  note_next();
  return timer;
}

/// Sends a copy and sets the timer to its next moment: one period after the last, so that it does not
/// drift; moments that have passed already are left out. \return false: the target is gone
bool timer_queue::repeat(due_map::node_type& timer, std::int64_t now) noexcept {
  entry& each = timer.mapped();
  const std::int64_t period = each.again.period;
  const bool over = is_gone(each.to);
  if (envelope* copy = over ? nullptr : each.again.copy(*each.e)) deliver(each.to, copy);
  const std::uint64_t id = timer.key().second;
  std::scoped_lock hold{mutex_};
  const auto known = when_.find(id);
  if (known == when_.end()) return false;
  if (over) {
    when_.erase(known);
    return false;
  }
  const std::int64_t missed = (now - timer.key().first) / period;
  timer.key().first += (missed + 1) * period;
  known->second = timer.key().first;
  due_.insert(std::move(timer));
  note_next();
  return true;
}

unsigned timer_queue::fire(std::int64_t now) noexcept {
  unsigned fired = 0;
  // One thread at a time, or a later timer might overtake an earlier one. Who fires goes on until
  // nothing is due.
  std::unique_lock only{firing_, std::try_to_lock};
  if (!only) return 0;
  for (;;) {
    auto timer = take_due(now);
    if (timer.empty()) return fired;
    ++fired;
    entry& first = timer.mapped();
    if (first.again.period == 0) {
      deliver(first.to, first.e.release());
    } else {
      repeat(timer, now);
    }
  }
}

std::size_t timer_queue::size() const {
  std::scoped_lock hold{mutex_};
  return when_.size();
}

void timer_queue::clear() noexcept {
  due_map gone;  // their payloads end outside the lock
  std::scoped_lock hold{mutex_};
  gone.swap(due_);
  when_.clear();
  note_next();
}

}  // namespace troupe::detail
