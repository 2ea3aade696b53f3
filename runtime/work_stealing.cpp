// SPDX-License-Identifier: BSD-3-Clause
#include "work_stealing.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>
#include <csignal>
#include <thread>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/standstill.hpp>
#include <vector>

#include "injection_queue.hpp"
#include "near.hpp"
#include "sleeping_workers.hpp"
#include "turn.hpp"
#include "turn_limits.hpp"
#include "worker.hpp"

namespace troupe::detail {
namespace {

constexpr std::int64_t upkeep_nanoseconds = 50'000;

void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

thread_local worker* this_worker = nullptr;

}  // namespace

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
    system_.io->on_first_use([this] { interrupt(); });
    standstill::add(*this);
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
      inject(c, injected_);
    } else if (w->in_slow_turn && !c.kind->raw) [[unlikely]] {  // a link: see run_link()
      share(*w, c);
    } else {
      run_next(*w, c);
    }
  }

  void schedule_first(cell& c) noexcept override { inject(c, urgent_); }

  bool runs(const system_core& system) const noexcept { return &system == &system_; }

  void run_next(worker& w, cell& c) noexcept {
    if (cell* displaced = w.slot.put(c)) [[unlikely]] {
      push(w, *displaced);
      sleepers_.wake_one_if_needed();
    }
  }

  void interrupt() noexcept override { sleepers_.interrupt(); }

  void pause(bool rest) noexcept override {
    if (rest) {
      give_order(order_rest);
    } else {
      orders_.fetch_and(~order_rest, std::memory_order_seq_cst);
    }
  }

  void stop() noexcept override {
    give_order(order_stop);
    for (worker& w : workers_) {
      if (w.thread.joinable()) w.thread.join();
    }
    standstill::remove(*this);
  }

  cell* leftover() noexcept override {
    for (worker& w : workers_) {
      if (cell* c = w.slot.take()) return c;  // the owners are gone
      if (cell* c = w.ring.take()) return c;
    }
    if (cell* c = urgent_.take()) return c;
    return injected_.take();
  }

  unsigned workers() const noexcept override { return static_cast<unsigned>(workers_.size()); }

 private:
  static constexpr unsigned order_stop = 1;
  static constexpr unsigned order_rest = 2;

  void give_order(unsigned order) noexcept {
    orders_.fetch_or(order, std::memory_order_seq_cst);
    for (worker& w : workers_) sleepers_.wake(w);
  }
  /// \return false: it is to end
  bool obey() noexcept {
    rest_if_asked();
    return !(orders_.load(std::memory_order_relaxed) & order_stop);
  }

  void run(worker& w) noexcept {
    const known_thread ours;
    this_worker = &w;
    if (workers_.size() == 1) {
      w.mark = reinterpret_cast<std::uintptr_t>(&w) | 1;
      sole_worker_mark = w.mark;
    }
    system_.watch.enter(this_workplace(), w.turns);
    unsigned tick = 0;
    for (;;) {
      if (orders_.load(std::memory_order_relaxed) != 0 && !obey()) [[unlikely]]
        break;
      cell* c = next(w, tick);
      if (!c) c = search(w);
      if (!c) c = park(w);
      if (!c) continue;
      const actor_class* kind = c->kind;  // before it may have another tenant
      const turn result = kind->slow.is_set() ? run_slow(w, *c, kind) : run_once(w, *c);
      count_turn(w);
      if (w.robbed.load(std::memory_order_relaxed)) [[unlikely]] {
        w.robbed.store(false, std::memory_order_relaxed);
        kind->slow.set(true);
      }
      ++tick;
      if (--w.until_upkeep == 0 || result == turn::again) {  // or that was a long turn
        run_link(w);
        if (result == turn::again) requeue(w, *c);
        upkeep(w, kind);
        tick = 0;  // and see what came from outside
      }
    }
    system_.watch.leave(this_workplace());
    sole_worker_mark = no_mark;
    this_worker = nullptr;
  }

  turn run_once(worker& w, cell& c) noexcept {
    if (w.mark == no_mark) return run_cell(c);
    if (c.near_ready) return run_near(c);
    open_near_lane(c, w.mark);
    return run_cell(c);
  }

  /// Whoever looks whether we are stuck sees that we are not.
  static void count_turn(worker& w) noexcept {
    w.turns.store(w.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// What a long turn makes ready would wait for its end in the slot: it goes where all can take it.
  turn run_slow(worker& w, cell& c, const actor_class* kind) noexcept {
    if (workers_.size() > 1) {
      if (cell* waiting = w.slot.take()) share(w, *waiting);
      w.in_slow_turn = true;
      sleepers_.have_us_watched();
    }
    const std::int64_t start = now(system_);
    const turn result = run_once(w, c);
    w.in_slow_turn = false;
    if (now(system_) - start < slow_turn_nanoseconds) kind->slow.set(false);
    return result;
  }

  void share(worker& w, cell& c) noexcept {
    push(w, c);
    sleepers_.wake_one_if_needed();
  }

  cell* take_urgent(worker& w) noexcept {
    if (w.urgent_streak++ < urgent_streak_max) return urgent_.take();
    w.urgent_streak = 0;
    return nullptr;
  }

  cell* next(worker& w, unsigned tick) noexcept {
    if (!urgent_.is_empty()) [[unlikely]] {
      if (cell* c = take_urgent(w)) return c;
    }
    if (tick % 61 == 0) {
      if (cell* c = take_injected(w)) return c;
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
    return take_injected(w);
  }

  /// The oldest one, and with it its share of the others, into the ring: one lock for many.
  cell* take_injected(worker& w) noexcept {
    if (injected_.is_empty()) return nullptr;
    std::array<cell*, injected_at_once> some;
    const std::size_t share = injected_.size() / workers_.size() + 1;
    const std::size_t room = run_queue::capacity - w.ring.size();  // only we push
    const std::size_t n =
        injected_.take(std::span(some).first(std::min({some.size(), share, room + 1})));
    for (std::size_t i = 1; i < n; ++i) push(w, *some[i]);
    if (n > 1) sleepers_.wake_one_if_needed();
    return n > 0 ? some[0] : nullptr;
  }

  /// What the last turn has told another process is written before anything new is heard, and before others can
  /// take the teller: the link that works beside a teller on another processor finds one message at a time, writes
  /// it, and never ends (three times the processor time, measured on X1).
  void run_link(worker& w) noexcept {
    const cell* next = w.slot.look();
    if (!next || !next->kind->raw) return;
    cell* link = w.slot.take();
    if (!link) return;  // stolen
    for (unsigned turns = 0; turns < link_turns_max; ++turns) {
      const turn result = run_once(w, *link);
      count_turn(w);
      if (result == turn::parked) return;
    }
    requeue(w, *link);
  }

  /// The turn was over before the mail was.
  void requeue(worker& w, cell& c) noexcept {
    if (c.runner & cell::urgent_bit) [[unlikely]] {
      urgent_.push(c);
      return;
    }
    const bool alone = w.ring.is_empty() && w.slot.is_empty();
    push(w, c);
    if (!alone) sleepers_.wake_one_if_needed();
  }

  void push(worker& w, cell& c) noexcept {
    if (!w.ring.push(&c)) [[unlikely]]
      overflow(w, c);
  }

  /// Half of the ring goes where everybody looks, with one lock for all of it.
  void overflow(worker& w, cell& c) noexcept {
    std::array<cell*, run_queue::capacity / 2 + 1> some;
    std::size_t n = 0;
    while (n + 1 < some.size()) {
      cell* oldest = w.ring.take();
      if (!oldest) break;
      some[n++] = oldest;
    }
    some[n++] = &c;
    injected_.push(std::span(some).first(n));
  }

  void inject(cell& c, injection_queue& queue) noexcept {
    if (is_forked(system_)) [[unlikely]]
      return note_forked_send();
    // Counted, since the system may be waiting for this cell to come in before it goes away.
    injecting_.fetch_add(1, std::memory_order_relaxed);
    queue.push(c);
    sleepers_.wake_one_if_needed();
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

  void note_turns(worker& w) noexcept {
    for (worker& other : workers_) {
      w.turns_seen[other.index] = other.turns.load(std::memory_order_relaxed);
    }
  }
  /// Another one has been in the same turn since we last noted it.
  static bool is_in_same_turn(const worker& w, const worker& other) noexcept {
    return &other != &w && w.turns_seen[other.index] == other.turns.load(std::memory_order_relaxed);
  }
  /// What waits in its slot, or for a look at the reactor, waits for the end of such a turn.
  bool is_any_stuck(const worker& w) const noexcept {
    const bool nobody_reads = system_.io->is_used() && !system_.io->is_held();
    return std::any_of(workers_.begin(), workers_.end(), [&](const worker& other) {
      return is_in_same_turn(w, other) && other.is_awake() &&
             (nobody_reads || !other.slot.is_empty());
    });
  }
  cell* steal_stuck_slot(worker& w) noexcept {
    for (worker& other : workers_) {
      if (!is_in_same_turn(w, other)) continue;
      if (cell* c = other.slot.steal()) {
        other.robbed.store(true, std::memory_order_relaxed);
        return c;
      }
    }
    return nullptr;
  }

  cell* look_around(worker& w) noexcept {
    if (cell* c = urgent_.take()) return c;
    if (cell* c = take_injected(w)) return c;
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
      sleepers_.start_searching();
      found = spin(w, budget, inside);
      w.spin.note(found != nullptr);
    }
    if (inside) system_.io->leave();
    if (budget != 0 && sleepers_.stop_searching() && found && is_work_left()) {
      sleepers_.wake_one_if_needed();
    }
    return found;
  }

  cell* spin(worker& w, std::int64_t budget, bool inside) noexcept {
    const std::int64_t start = now(system_);
    for (std::int64_t present = start; present - start < budget; present = now(system_)) {
      if (present >= system_.timers.next() || orders_.load(std::memory_order_relaxed) != 0)
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
  /// \param last  whose turn it was
  void upkeep(worker& w, const actor_class* last) noexcept {
    const std::int64_t present = now(system_);
    const std::int64_t passed = present - std::exchange(w.last_look, present);
    if (w.upkeep_every == 1 && passed > slow_turn_nanoseconds) last->slow.set(true);
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

  /// Where everybody may take it.
  bool is_work_left() const noexcept {
    if (!injected_.is_empty() || !urgent_.is_empty()) return true;
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const worker& each) { return !each.ring.is_empty(); });
  }
  bool has_work(const worker& w) const noexcept {
    return !w.slot.is_empty() || is_work_left() || orders_.load(std::memory_order_seq_cst) != 0;
  }

  /// For a sleeper that nobody has called: nothing is stuck, so that it may sleep on.
  bool is_quiet(worker& w) noexcept {
    if (orders_.load(std::memory_order_seq_cst) != 0 || is_any_stuck(w)) return false;
    note_turns(w);
    return true;
  }

  /// Announces itself as asleep, looks once more, then sleeps. \return what it has found after that, if
  /// somebody has woken it
  cell* park(worker& w) noexcept {
    const auto has_any = [&] {
      note_turns(w);
      return has_work(w);
    };
    const bool woken = sleepers_.sleep(w, has_any, [&] { return is_quiet(w); });
    if (w.slot.is_empty() && workers_.size() > 1) {
      if (cell* c = steal_stuck_slot(w)) w.slot.put(*c);
    }
    return woken ? look_after_waking(w) : nullptr;
  }

  /// Whoever is woken counts as searching from the moment of the call, so that a fan-out wakes one
  /// worker and not all, one for each message, before the first has opened its eyes. It passes the
  /// call on if there is more than it takes. (As in Go's scheduler and Tokio's.) No wake-up is lost: who
  /// sees us searching has put its work where we look after having stopped.
  cell* look_after_waking(worker& w) noexcept {
    cell* c = next(w, 1);
    if (!c) c = look_around(w);
    if (sleepers_.stop_searching() && c && is_work_left()) sleepers_.wake_one_if_needed();
    return c;
  }

  system_core& system_;
  std::vector<worker> workers_;
  /// Whoever we wait for needs a processor to run on.
  const bool spinning_helps_ = usable_processors() > 1;
  sleeping_workers sleepers_{system_, workers_};
  /// What the workers are to do instead of their work: 0: nothing. seq_cst against their falling asleep.
  std::atomic<unsigned> orders_{0};
  std::atomic<unsigned> injecting_{0};  ///< threads inside inject()
  injection_queue injected_;
  injection_queue urgent_;  ///< whose turns come first
};

void schedule_near(cell& c) noexcept {
  c.near_ready = true;
  worker& w = *this_worker;
  w.pool->run_next(w, c);
}

std::uintptr_t sole_worker_mark_in(const system_core& system) noexcept {
  const worker* w = this_worker;
  return w && w->pool->runs(system) ? w->mark : no_mark;
}

std::unique_ptr<scheduler> make_work_stealing(system_core& system, unsigned workers) {
  return std::make_unique<pool_scheduler>(system, workers);
}

}  // namespace troupe::detail
