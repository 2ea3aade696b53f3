// SPDX-License-Identifier: BSD-3-Clause
#include "work_stealing.hpp"

#include <pthread.h>

#include <cassert>
#include <climits>
#include <csignal>
#include <thread>
#include <vector>

#include "futex.hpp"
#include "injection_queue.hpp"
#include "next_slot.hpp"
#include "run_queue.hpp"
#include "spin_budget.hpp"
#include "turn.hpp"

namespace troupe::detail {
namespace {

constexpr unsigned slot_streak_max = 16;   // turns from the slot while the ring waits
constexpr unsigned upkeep_turns_max = 64;  // how often a busy worker looks at the clock
constexpr std::int64_t upkeep_nanoseconds = 50'000;
constexpr std::int64_t watch_nanoseconds = 1'000'000;   // an idle worker's sleep while others work
constexpr std::int64_t doze_nanoseconds = 100'000'000;  // and while nobody does

void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

class pool_scheduler;

/// Where a worker is. Written by itself; `asleep*` is taken back by whoever wakes it.
enum class place : std::uint32_t { awake, asleep, asleep_in_reactor };

struct alignas(128) worker {
  pool_scheduler* pool = nullptr;
  run_queue ring;
  alignas(64) next_slot slot;           ///< the cell made ready last
  std::atomic<std::uint64_t> turns{0};  ///< a thief takes the slot only if this stands still
  alignas(64) std::atomic<std::uint32_t> where{0};
  unsigned index = 0;
  unsigned streak = 0;
  std::int64_t last_upkeep = 0;
  std::int64_t last_look = 0;                ///< at the clock, by upkeep
  unsigned upkeep_every = upkeep_turns_max;  ///< turns; fewer while turns are long
  unsigned until_upkeep = upkeep_turns_max;
  spin_budget spin;
  std::vector<std::uint64_t> turns_seen;  ///< of the others, at the last look
  std::thread thread;
};

thread_local worker* this_worker = nullptr;

class pool_scheduler final : public scheduler {
 public:
  pool_scheduler(system_core& system, unsigned workers) : system_(system), workers_(workers) {
    for (unsigned i = 0; i < workers; ++i) {
      workers_[i].pool = this;
      workers_[i].index = i;
      workers_[i].turns_seen.resize(workers);
    }
  }

  ~pool_scheduler() override {
    stop();
    while (injecting_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  }

  void start() override {
    // Our threads take no signals that are meant for the program, and never SIGPIPE.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct restore {
      sigset_t mask;
      ~restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
    } at_end{before};
    for (worker& w : workers_) {
      w.thread = std::thread([this, &w] { run(w); });
      pthread_setname_np(w.thread.native_handle(), "troupe-worker");
    }
  }

  void schedule(cell& c) noexcept override {
    worker* w = this_worker;
    if (!w || w->pool != this) {
      inject(c);
      return;
    }
    if (cell* displaced = w->slot.put(c)) [[unlikely]] {
      push(*w, *displaced);
      wake_one_if_needed();
    }
  }

  void interrupt() noexcept override {
    if (reactor_sleeper_.load(std::memory_order_seq_cst)) system_.io->interrupt();
  }

  void stop() noexcept override {
    stopping_.store(true, std::memory_order_seq_cst);
    for (worker& w : workers_) wake(w);
    for (worker& w : workers_) {
      if (w.thread.joinable()) w.thread.join();
    }
  }

  cell* leftover() noexcept override {
    for (worker& w : workers_) {
      if (cell* c = w.slot.take()) return c;  // the owners are gone
      if (cell* c = w.ring.take()) return c;
    }
    return injected_.take();
  }

  unsigned workers() const noexcept override { return static_cast<unsigned>(workers_.size()); }

 private:
  void run(worker& w) noexcept {
    this_worker = &w;
    unsigned tick = 0;
    while (!stopping_.load(std::memory_order_relaxed)) {
      cell* c = next(w, tick);
      if (!c) c = search(w);
      if (!c) {
        park(w);
        continue;
      }
      const turn result = run_cell(*c);
      w.turns.store(w.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      if (result == turn::again) requeue(w, *c);
      ++tick;
      if (--w.until_upkeep == 0 || result == turn::again) {  // or that was a long turn
        upkeep(w);
        tick = 0;  // and see what came from outside
      }
    }
    this_worker = nullptr;
  }

  cell* next(worker& w, unsigned tick) noexcept {
    if (tick % 61 == 0) {
      if (cell* c = injected_.take()) return c;
    }
    if (w.streak < slot_streak_max || w.ring.is_empty()) {
      if (cell* c = w.slot.take()) {
        ++w.streak;
        return c;
      }
    }
    w.streak = 0;
    if (cell* c = w.ring.take()) return c;
    if (cell* c = w.slot.take()) return c;
    return injected_.take();
  }

  /// The turn was over before the mail was.
  void requeue(worker& w, cell& c) noexcept {
    const bool alone = w.ring.is_empty() && w.slot.is_empty();
    push(w, c);
    if (!alone) wake_one_if_needed();
  }

  void push(worker& w, cell& c) noexcept {
    if (!w.ring.push(&c)) inject(c);
  }

  void inject(cell& c) noexcept {
    // Counted, since the system may be waiting for this cell to come in before it goes away.
    injecting_.fetch_add(1, std::memory_order_relaxed);
    injected_.push(c);
    wake_one_if_needed();
    injecting_.fetch_sub(1, std::memory_order_release);
  }

  // Finding work --------------------------------------------------------------------------------

  cell* steal(worker& w) noexcept {
    for (worker& other : workers_) {
      if (&other == &w) continue;
      if (cell* c = other.ring.take()) {
        // Half of the rest comes along, so that one theft is enough for a while.
        for (std::uint32_t n = other.ring.size() / 2; n > 0; --n) {
          cell* more = other.ring.take();
          if (!more) break;
          push(w, *more);
        }
        return c;
      }
    }
    return nullptr;
  }

  /// A slot whose owner has been in the same turn since we looked last is stuck behind it.
  cell* steal_stuck_slot(worker& w) noexcept {
    for (worker& other : workers_) {
      if (&other == &w) continue;
      const std::uint64_t turns = other.turns.load(std::memory_order_relaxed);
      const bool stuck = w.turns_seen[other.index] == turns;
      w.turns_seen[other.index] = turns;
      if (!stuck) continue;
      if (cell* c = other.slot.steal()) return c;
    }
    return nullptr;
  }

  cell* look_around(worker& w) noexcept {
    if (cell* c = injected_.take()) return c;
    return steal(w);
  }

  /// Spins for a while: the others' rings, the injection queue, and reads on the links.
  cell* search(worker& w) noexcept {
    if (cell* c = look_around(w)) return c;
    const bool inside = system_.io->has_pollables() && spinning_helps_ && system_.io->try_enter();
    const bool worthwhile = spinning_helps_ && (inside || workers_.size() > 1);
    const std::int64_t budget = worthwhile ? w.spin.nanoseconds() : 0;
    cell* found = nullptr;
    if (budget != 0) {
      searching_.fetch_add(1, std::memory_order_seq_cst);
      found = spin(w, budget, inside);
      w.spin.note(found != nullptr);
    }
    if (inside) system_.io->leave();
    if (budget != 0) {
      const bool last = searching_.fetch_sub(1, std::memory_order_seq_cst) == 1;
      const bool more = !w.ring.is_empty() || !injected_.is_empty();
      if (found && last && more) wake_one_if_needed();
    }
    return found;
  }

  cell* spin(worker& w, std::int64_t budget, bool inside) noexcept {
    const std::int64_t start = now(system_);
    for (std::int64_t present = start; present - start < budget; present = now(system_)) {
      if (present >= system_.timers.next() || stopping_.load(std::memory_order_relaxed))
        return nullptr;
      if (inside && system_.io->poll_quickly()) {
        if (cell* c = next(w, 1)) return c;
      }
      if (cell* c = look_around(w)) return c;
      for (int i = 0; i < 8; ++i) cpu_relax();
    }
    return nullptr;
  }

  /// A busy worker's duty: timers and the reactor, at most every 50 microseconds.
  void upkeep(worker& w) noexcept {
    const std::int64_t present = now(system_);
    const std::int64_t passed = present - std::exchange(w.last_look, present);
    if (passed > upkeep_nanoseconds) {
      w.upkeep_every = std::max<unsigned>(1, w.upkeep_every * upkeep_nanoseconds / passed);
    } else if (passed < upkeep_nanoseconds / 2) {
      w.upkeep_every = std::min(upkeep_turns_max, w.upkeep_every * 2);
    }
    w.until_upkeep = w.upkeep_every;
    if (present - w.last_upkeep < upkeep_nanoseconds) return;
    w.last_upkeep = present;
    if (system_.timers.next() <= present) system_.timers.fire(present);
    if (system_.io->is_used() && system_.io->try_enter()) {
      system_.io->poll();
      system_.io->leave();
    }
  }

  // Sleeping ------------------------------------------------------------------------------------

  bool has_work(const worker& w) const noexcept {
    if (!w.slot.is_empty() || !injected_.is_empty()) {
      return true;
    }
    for (const worker& other : workers_) {
      if (!other.ring.is_empty()) return true;
    }
    return stopping_.load(std::memory_order_seq_cst);
  }

  /// Announces itself as asleep, looks once more, then sleeps: in the reactor if nobody is there.
  void park(worker& w) noexcept {
    const bool inside = system_.io->try_enter();
    const auto asleep =
        static_cast<std::uint32_t>(inside ? place::asleep_in_reactor : place::asleep);
    w.where.store(asleep, std::memory_order_seq_cst);
    const unsigned asleep_now = asleep_count_.fetch_add(1, std::memory_order_seq_cst) + 1;
    if (!has_work(w)) {
      const bool others_work = asleep_now < workers_.size();
      // Never for ever beside others: one that wakes may get stuck with work in its slot.
      const bool alone = workers_.size() == 1;
      const std::int64_t limit = others_work ? watch_nanoseconds
                                 : alone     ? INT64_MAX
                                             : doze_nanoseconds;
      if (inside) {
        sleep_in_reactor(limit);
      } else {
        futex_wait(w.where, asleep, limit);
      }
    }
    if (w.where.exchange(static_cast<std::uint32_t>(place::awake), std::memory_order_seq_cst) ==
        asleep) {
      asleep_count_.fetch_sub(1, std::memory_order_seq_cst);  // nobody woke us: we did
    }
    if (inside) system_.io->leave();
    const std::int64_t present = now(system_);
    w.last_look = present;
    if (system_.timers.next() <= present) system_.timers.fire(present);
    if (w.slot.is_empty() && workers_.size() > 1) {
      if (cell* c = steal_stuck_slot(w)) w.slot.put(*c);
    }
  }

  void sleep_in_reactor(std::int64_t limit) noexcept {
    reactor_sleeper_.store(true, std::memory_order_seq_cst);
    const std::int64_t due = system_.timers.next();
    if (due != INT64_MAX) limit = std::min(limit, std::max<std::int64_t>(due - now(system_), 0));
    system_.io->sleep(limit);
    reactor_sleeper_.store(false, std::memory_order_seq_cst);
  }

  void wake_one_if_needed() noexcept {
    if (asleep_count_.load(std::memory_order_seq_cst) == 0) return;
    if (searching_.load(std::memory_order_seq_cst) != 0) return;
    for (std::uint32_t wanted : {1u, 2u}) {  // first the one outside of the reactor
      for (worker& w : workers_) {
        if (w.where.load(std::memory_order_relaxed) == wanted && wake(w)) return;
      }
    }
  }

  bool wake(worker& w) noexcept {
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

  system_core& system_;
  std::vector<worker> workers_;
  /// Whoever we wait for needs a processor to run on.
  const bool spinning_helps_ = usable_processors() > 1;
  alignas(64) std::atomic<unsigned> asleep_count_{0};
  alignas(64) std::atomic<unsigned> searching_{0};
  std::atomic<bool> reactor_sleeper_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> injecting_{0};  ///< threads inside inject()
  injection_queue injected_;
};

}  // namespace

std::unique_ptr<scheduler> make_work_stealing(system_core& system, unsigned workers) {
  return std::make_unique<pool_scheduler>(system, workers);
}

}  // namespace troupe::detail
