// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/timer_queue.hpp>

#include <troupe/detail/cell.hpp>

namespace troupe::detail {

void timer_queue::note_next() noexcept {
  // seq_cst: against the sleeper that announces itself, then looks here.
  next_.store(due_.empty() ? INT64_MAX : due_.begin()->first.first, std::memory_order_seq_cst);
}

std::uint64_t timer_queue::add(std::int64_t when, const address& to, envelope_ptr e,
                               bool& earliest) {
  std::scoped_lock hold{mutex_};
  const std::uint64_t id = ++last_id_;
  earliest = due_.empty() || when < due_.begin()->first.first;
  due_.emplace(key{when, id}, entry{to, std::move(e)});
  when_.emplace(id, when);
  note_next();
  return id;
}

bool timer_queue::cancel(std::uint64_t id) noexcept {
  entry gone;  // its payload ends outside the lock
  std::scoped_lock hold{mutex_};
  const auto found = when_.find(id);
  if (found == when_.end()) return false;
  const auto timer = due_.find(key{found->second, id});
  gone = std::move(timer->second);
  due_.erase(timer);
  when_.erase(found);
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
    entry first;
    {
      std::scoped_lock hold{mutex_};
      if (due_.empty() || due_.begin()->first.first > now) return fired;
      first = std::move(due_.begin()->second);
      when_.erase(due_.begin()->first.second);
      due_.erase(due_.begin());
      note_next();
    }
    ++fired;
    envelope* e = first.e.release();
    if (e->kind == envelope_kind::tell) {
      post(first.to, e);
    } else {
      post_system(first.to, e);
    }
  }
}

std::size_t timer_queue::size() const {
  std::scoped_lock hold{mutex_};
  return due_.size();
}

void timer_queue::clear() noexcept {
  std::map<key, entry> gone;  // their payloads end outside the lock
  std::scoped_lock hold{mutex_};
  gone.swap(due_);
  when_.clear();
  note_next();
}

}  // namespace troupe::detail
