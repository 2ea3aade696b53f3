// SPDX-License-Identifier: BSD-3-Clause
#include "sleeping_workers.hpp"

#include <algorithm>

#include "futex.hpp"

namespace troupe::detail {
namespace {

constexpr std::int64_t doze_nanoseconds = 100'000'000;  // while nobody works

}  // namespace

void sleeping_workers::interrupt() noexcept {
  if (reactor_sleeper_.load(std::memory_order_seq_cst)) {
    system_.io->interrupt();
  } else if (worker* w = timekeeper_.load(std::memory_order_seq_cst)) {
    wake(*w);
  }
}

auto sleeping_workers::announce(worker& w) noexcept -> bedroom {
  bedroom where{};
  where.reactor_is_used = system_.io->is_used();
  where.inside = where.reactor_is_used && system_.io->try_enter();
  where.word = static_cast<std::uint32_t>(where.inside ? place::asleep_in_reactor : place::asleep);
  w.where.store(where.word, std::memory_order_seq_cst);
  asleep_count_.fetch_add(1, std::memory_order_seq_cst);
  return where;
}

void sleeping_workers::sleep_in(worker& w, const bedroom& where) noexcept {
  // Never for ever beside others: one that wakes may get stuck with work in its slot.
  const bool others_work = asleep_count_.load(std::memory_order_seq_cst) < workers_.size();
  const bool alone = workers_.size() == 1;
  const std::int64_t limit = others_work ? watch_nanoseconds : alone ? INT64_MAX : doze_nanoseconds;
  if (others_work) watching_.fetch_add(1, std::memory_order_relaxed);
  if (where.inside) {
    sleep_in_reactor(limit);
  } else if (where.reactor_is_used) {
    futex_wait(w.where, where.word, limit);  // whoever is inside minds the timers
  } else {
    sleep_beside_reactor(w, where.word, limit);
  }
  if (others_work) watching_.fetch_sub(1, std::memory_order_relaxed);
}

/// Nobody has woken it, nothing has been read, no timer is due, and it lies where it should.
bool sleeping_workers::may_sleep_on(const worker& w, const bedroom& where) const noexcept {
  return !where.inside && w.where.load(std::memory_order_seq_cst) == where.word &&
         (where.reactor_is_used || !system_.io->is_used()) && now(system_) < system_.timers.next();
}

bool sleeping_workers::get_up(worker& w, const bedroom& where, std::int64_t begin) noexcept {
  const bool woken = w.where.exchange(static_cast<std::uint32_t>(place::awake),
                                      std::memory_order_seq_cst) != where.word;
  if (!woken) asleep_count_.fetch_sub(1, std::memory_order_seq_cst);  // else the waker did
  if (where.inside) system_.io->leave();
  const std::int64_t present = now(system_);
  w.last_look = present;
  if (woken) w.spin.note_sleep(present - begin);
  if (system_.timers.next() <= present) system_.timers.fire(present);
  return woken;
}

std::int64_t sleeping_workers::until_next_timer(std::int64_t limit) const noexcept {
  const std::int64_t due = system_.timers.next();
  return due == INT64_MAX ? limit : std::min(limit, std::max<std::int64_t>(due - now(system_), 0));
}

void sleeping_workers::sleep_in_reactor(std::int64_t limit) noexcept {
  reactor_sleeper_.store(true, std::memory_order_seq_cst);
  system_.io->sleep(until_next_timer(limit));
  reactor_sleeper_.store(false, std::memory_order_seq_cst);
}

/// While nobody uses the reactor, the first to sleep minds the timers: a wake-up is then one system
/// call, where the reactor's own would be several.
void sleeping_workers::sleep_beside_reactor(worker& w, std::uint32_t word,
                                            std::int64_t limit) noexcept {
  worker* nobody = nullptr;
  if (reactor_sleeper_.load(std::memory_order_seq_cst) ||
      !timekeeper_.compare_exchange_strong(nobody, &w, std::memory_order_seq_cst)) {
    futex_wait(w.where, word, limit);
    return;
  }
  // Both after the announcement: who sets a timer, or begins to use the reactor, looks for us last.
  if (!system_.io->is_used()) futex_wait(w.where, word, until_next_timer(limit));
  timekeeper_.store(nullptr, std::memory_order_seq_cst);
}

void sleeping_workers::wake_one() noexcept {
  unsigned nobody = 0;
  if (searching_.load(std::memory_order_seq_cst) != 0 ||
      !searching_.compare_exchange_strong(nobody, 1, std::memory_order_seq_cst)) {
    return;
  }
  for (const place wanted : {place::asleep, place::asleep_in_reactor}) {
    for (worker& w : workers_) {
      const auto where = static_cast<place>(w.where.load(std::memory_order_relaxed));
      if (where == wanted && rouse(w)) return;
    }
  }
  searching_.fetch_sub(1, std::memory_order_seq_cst);  // they have all woken by themselves
}

void sleeping_workers::turn_one_over() noexcept {
  for (worker& w : workers_) {
    switch (static_cast<place>(w.where.load(std::memory_order_relaxed))) {
      case place::awake: continue;
      case place::asleep: return futex_wake_one(w.where);
      case place::asleep_in_reactor: return system_.io->interrupt();
    }
  }
}

void sleeping_workers::wake(worker& w) noexcept {
  start_searching();
  if (!rouse(w)) stop_searching();
}

/// The caller has counted it as searching. \return false: it does not sleep
bool sleeping_workers::rouse(worker& w) noexcept {
  const auto was = static_cast<place>(
      w.where.exchange(static_cast<std::uint32_t>(place::awake), std::memory_order_seq_cst));
  if (was == place::awake) return false;
  asleep_count_.fetch_sub(1, std::memory_order_seq_cst);
  if (was == place::asleep_in_reactor) {
    system_.io->interrupt();
  } else {
    futex_wake_one(w.where);
  }
  return true;
}

}  // namespace troupe::detail
