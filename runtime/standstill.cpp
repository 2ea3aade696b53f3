// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/standstill.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <climits>
#include <string>
#include <troupe/detail/system_core.hpp>
#include <vector>

#include "futex.hpp"

namespace troupe::detail {
namespace {

constexpr std::uint64_t one_resting = 1;
constexpr std::uint64_t one_known = std::uint64_t{1} << 24;
constexpr std::uint64_t count_mask = one_known - 1;
constexpr std::uint64_t closed = std::uint64_t{1} << 63;

/// How many rest, how many are known (those among them), and whether whoever rests has to stay. Who wants to
/// leave takes itself out and looks at `closed` in the same operation, so the one that has set it either
/// sees that thread missing or keeps it (acq_rel). Plain threads are known while they rest.
constinit std::atomic<std::uint64_t> threads{0};
constinit std::atomic<std::uint32_t> news{0};  ///< somebody has come to rest during a standstill
constinit std::atomic<std::uint32_t> released{0};  ///< standstills that are over
constinit thread_local bool known_here = false;

constinit std::mutex schedulers_mutex;  // nobody who rests holds it
std::vector<scheduler*>& schedulers() {
  static auto& all = *new std::vector<scheduler*>;  // systems may outlive the statics
  return all;
}

constexpr std::int64_t look_nanoseconds = 1'000'000;  // at what only the kernel knows
constexpr std::int64_t stranger_nanoseconds_max = 1'000'000'000;

#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))
constexpr std::int64_t sanitizer_threads = 1;  // which takes care of itself
#else
constexpr std::int64_t sanitizer_threads = 0;
#endif

void note_rest() noexcept {
  news.fetch_add(1, std::memory_order_release);
  futex_wake_one(news);
}

/// Threads of the program that are none of ours and do not rest; more than there are if /proc is not there.
std::int64_t strangers(std::uint64_t word) noexcept {
  struct stat tasks{};
  if (stat("/proc/self/task", &tasks) != 0) return INT32_MAX;
  const auto known = static_cast<std::int64_t>(word / one_known & count_mask);
  return static_cast<std::int64_t>(tasks.st_nlink) - 2 - known - sanitizer_threads;
}

std::int64_t busy_ones(std::uint64_t word) noexcept {
  return static_cast<std::int64_t>(word / one_known & count_mask) -
         static_cast<std::int64_t>(word & count_mask) - 1;
}

failure strangers_failure(std::int64_t count) {
  if (count >= INT32_MAX / 2)
    return {errc::misuse,
            "this process cannot be copied: /proc, which counts its threads, is not there",
            {}};
  return {errc::misuse,
          "this process cannot be copied: " + std::to_string(count) +
              (count == 1 ? " of its threads is" : " of its threads are") +
              " neither the runtime's nor waiting for it, and nobody can make such a thread stand "
              "still",
          {}};
}

failure busy_failure(system_core& system, std::int64_t count) {
  std::string who;
  for (const running_turn& turn : system.watch.look()) {
    if (turn.who.home == running_cell()) continue;
    who += (who.empty() ? ": " : ", ") + std::string(turn.kind->name) + " " + print(turn.who);
  }
  return {errc::timeout,
          "this process cannot be copied: " + std::to_string(count) +
              " of its threads did not come to rest in time, since a handler or a blocking "
              "function has "
              "not returned" +
              who,
          {}};
}

}  // namespace

known_thread::known_thread() noexcept {
  known_here = true;
  threads.fetch_add(one_known, std::memory_order_acq_rel);
}
known_thread::~known_thread() {
  threads.fetch_sub(one_known, std::memory_order_acq_rel);
  known_here = false;
}

resting::resting() noexcept : counted_(known_here ? one_resting : one_resting + one_known) {
  if (threads.fetch_add(counted_, std::memory_order_acq_rel) & closed) [[unlikely]]
    note_rest();
}
resting::~resting() {
  while (!try_end()) wait_for_others();
}

bool resting::try_end() noexcept {
  if (over_) return true;
  if (!(threads.fetch_sub(counted_, std::memory_order_acq_rel) & closed)) [[likely]] {
    over_ = true;
    return true;
  }
  threads.fetch_add(counted_, std::memory_order_acq_rel);
  note_rest();
  return false;
}

void resting::wait_for_others() noexcept {
  for (;;) {
    const std::uint32_t before = released.load(std::memory_order_acquire);
    if (!(threads.load(std::memory_order_acquire) & closed)) return;
    futex_wait(released, before, INT64_MAX);
  }
}

/// Who waits at the end of a rest must let go of the lock: a thread that has not come to rest may want it.
bool wait_at_rest(std::unique_lock<std::mutex>& hold, std::condition_variable& changed,
                  const std::function<bool()>& over, std::int64_t deadline) {
  const std::chrono::steady_clock::time_point limit{std::chrono::nanoseconds{deadline}};
  if (over()) return true;
  resting here;
  for (;;) {
    bool so = true;
    if (deadline == INT64_MAX) {
      changed.wait(hold, over);
    } else {
      so = changed.wait_until(hold, limit, over);
    }
    if (here.try_end()) return so;
    hold.unlock();
    resting::wait_for_others();
    hold.lock();
  }
}

void rest_if_asked() noexcept {
  if (!(threads.load(std::memory_order_relaxed) & closed)) [[likely]]
    return;
  const resting here;
}

standstill::standstill(system_core& system, std::int64_t limit) {
  assert(known_here && "it counts itself");
  while (threads.fetch_or(closed, std::memory_order_acq_rel) & closed) const resting behind_another;
  ask_all(true);
  const std::int64_t begin = now(system);
  for (;;) {
    const std::uint32_t heard = news.load(std::memory_order_acquire);
    const std::uint64_t word = threads.load(std::memory_order_acquire);
    const std::int64_t busy = busy_ones(word);
    const std::int64_t others = strangers(word);
    if (busy == 0 && others <= 0) return;
    const std::int64_t passed = now(system) - begin;
    if (passed > std::min(limit, others > 0 ? stranger_nanoseconds_max : limit)) {
      release();
      throw_failure(others > 0 ? strangers_failure(others) : busy_failure(system, busy));
    }
    futex_wait(news, heard, look_nanoseconds);
  }
}

standstill::~standstill() { release(); }

void standstill::release() noexcept {
  ask_all(false);
  threads.fetch_and(~closed, std::memory_order_acq_rel);
  released.fetch_add(1, std::memory_order_release);
  futex_wake_all(released);
}

void standstill::ask_all(bool to_rest) noexcept {
  const std::scoped_lock hold{schedulers_mutex};
  for (scheduler* s : schedulers()) s->pause(to_rest);
}

void standstill::forget_all() noexcept {
  threads.store(0, std::memory_order_relaxed);
  known_here = false;
  schedulers().clear();
}

void standstill::add(scheduler& s) {
  const std::scoped_lock hold{schedulers_mutex};
  schedulers().push_back(&s);
  if (threads.load(std::memory_order_acquire) & closed) s.pause(true);
}
void standstill::remove(scheduler& s) noexcept {
  const std::scoped_lock hold{schedulers_mutex};
  std::erase(schedulers(), &s);
}

}  // namespace troupe::detail
