// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/hosted_scheduler.hpp>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <span>
#include <thread>
#include <troupe/detail/fork_guard.hpp>
#include <troupe/detail/system_core.hpp>

#include "cell_bank.hpp"
#include "hosted_lane.hpp"
#include "injection_queue.hpp"
#include "turn.hpp"
#include "turn_limits.hpp"

/// Handing a lane to the host costs it a lock and often the waking of a thread: tens of turns. So a lane
/// that runs keeps what it makes ready to itself, goes on for a while, and calls at most one other, which
/// calls the next if there is more than it takes.
///
/// No call is lost: who has put work where all look asks afterwards whether a lane rests, and a lane looks
/// for work after it has announced its rest; all of that is seq_cst.
namespace troupe::detail {
namespace {

constexpr std::int64_t run_nanoseconds = 500'000;      // then others of the host have their turn
constexpr std::int64_t watch_nanoseconds = 1'000'000;  // between two looks at the lanes
constexpr unsigned watch_looks = 100;                  // in vain, before nobody looks any more
constexpr unsigned turns_per_look = 32;                // at the clock

thread_local hosted_lane* this_lane = nullptr;

}  // namespace

class hosted_scheduler final : public scheduler {
 public:
  hosted_scheduler(system_core& system, std::unique_ptr<host> with)
      : system_(system), host_(std::move(with)) {
    const unsigned wanted = system.options.workers;
    const unsigned count = std::max(wanted ? wanted : host_->threads(), 1U);
    for (unsigned i = 0; i < count; ++i) lanes_.push_back(std::make_shared<hosted_lane>(*this, i));
    host_->take({lanes_.begin(), lanes_.end()});
  }
  hosted_scheduler(const hosted_scheduler&) = delete;
  hosted_scheduler& operator=(const hosted_scheduler&) = delete;
  ~hosted_scheduler() override {
    stop();
    while (injecting_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  }

  void start() override {
    // The thread takes no signals that are meant for the program, and never SIGPIPE.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct restore {
      sigset_t mask;
      ~restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
    } at_end{before};
    clock_ = std::thread([this] { keep_time(); });
    pthread_setname_np(clock_.native_handle(), "troupe-clock");
  }

  void schedule(cell& c) noexcept override {
    hosted_lane* l = this_lane;
    if (!l || !owns(*l)) {
      inject(c);
    } else if (l->in_slow_turn) [[unlikely]] {
      share(*l, c);
    } else if (cell* displaced = l->slot.put(c)) {
      share(*l, *displaced);
    }
  }

  void interrupt() noexcept override { system_.io->interrupt(); }

  void stop() noexcept override {
    stopping_.store(true, std::memory_order_seq_cst);
    for (auto& l : lanes_) l->close();
    system_.io->interrupt();
    if (clock_.joinable()) clock_.join();
  }

  cell* leftover() noexcept override {
    for (auto& l : lanes_) {
      if (cell* c = l->slot.take()) return c;  // nobody runs them any more
      if (cell* c = l->ring.take()) return c;
    }
    return injected_.take();
  }

  unsigned workers() const noexcept override { return static_cast<unsigned>(lanes_.size()); }

  /// The whole of a run, from `running` until it is not any more. \return true: to be called again
  bool work(hosted_lane& l) noexcept {
    do {
      if (l.fresh.exchange(false, std::memory_order_relaxed)) {
        called_.store(false, std::memory_order_seq_cst);  // before it looks for work
      }
      if (!watching_.load(std::memory_order_seq_cst)) interrupt();
      this_lane = &l;
      system_.watch.enter(this_workplace(), l.turns);
      const bool more = serve(l);
      system_.watch.leave(this_workplace());
      this_lane = nullptr;
      if (more) {
        l.leave(hosted_lane::state::called);
        return true;
      }
      l.leave(hosted_lane::state::resting);
      if (stopping_.load(std::memory_order_seq_cst) || !is_work_left()) return false;
    } while (l.resume());
    return false;
  }

 private:
  bool owns(const hosted_lane& l) const noexcept {
    return lanes_[l.index() % lanes_.size()].get() == &l;
  }

  /// Until there is nothing to do, or others shall have their turn.
  bool serve(hosted_lane& l) noexcept {
    const std::int64_t start = now(system_);
    unsigned streak = 0;
    for (unsigned tick = 0; !stopping_.load(std::memory_order_relaxed); ++tick) {
      cell* c = next(l, tick, streak);
      if (!c) c = steal(l);
      if (!c) return false;
      const actor_class* kind = c->kind;  // before it may have another tenant
      const bool slow = kind->slow.is_set();
      const turn result = slow ? run_slow(l, *c, kind) : run_cell(*c);
      l.turns.store(l.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      if (l.robbed.load(std::memory_order_relaxed)) [[unlikely]] {
        l.robbed.store(false, std::memory_order_relaxed);
        kind->slow.set(true);
      }
      if (result == turn::again) share(l, *c);
      if (!slow && result != turn::again && tick % turns_per_look != 0) continue;
      if (now(system_) - start < run_nanoseconds) continue;
      if (cell* waiting = l.slot.take()) share(l, *waiting);  // others may take it meanwhile
      return true;
    }
    return false;
  }

  /// What a long turn makes ready would wait for its end in the slot: it goes where all can take it.
  turn run_slow(hosted_lane& l, cell& c, const actor_class* kind) noexcept {
    if (lanes_.size() > 1) {
      if (cell* waiting = l.slot.take()) share(l, *waiting);
      l.in_slow_turn = true;
    }
    const std::int64_t start = now(system_);
    const turn result = run_cell(c);
    l.in_slow_turn = false;
    if (now(system_) - start < slow_turn_nanoseconds) kind->slow.set(false);
    return result;
  }

  cell* next(hosted_lane& l, unsigned tick, unsigned& streak) noexcept {
    if (tick % 61 == 0) {
      if (cell* c = take_injected(l)) return c;
    }
    if (streak < slot_streak_max || l.ring.is_empty()) {
      if (cell* c = l.slot.take()) {
        ++streak;
        return c;
      }
    }
    streak = 0;
    if (cell* c = l.ring.take()) return c;
    if (cell* c = l.slot.take()) return c;
    return take_injected(l);
  }

  /// The oldest one, and with it its share of the others, into the ring: one lock for many.
  cell* take_injected(hosted_lane& l) noexcept {
    if (injected_.is_empty()) return nullptr;
    std::array<cell*, injected_at_once> some;
    const std::size_t share_of_all = injected_.size() / lanes_.size() + 1;
    const std::size_t room = run_queue::capacity - l.ring.size();  // only we push
    const std::size_t n =
        injected_.take(std::span(some).first(std::min({some.size(), share_of_all, room + 1})));
    for (std::size_t i = 1; i < n; ++i) push(l, *some[i]);
    if (n > 1 || !injected_.is_empty()) call_one_if_needed();
    return n > 0 ? some[0] : nullptr;
  }

  cell* steal(hosted_lane& l) noexcept {
    for (auto& other : lanes_) {
      if (other.get() == &l) continue;
      if (cell* c = other->ring.take()) {
        // Half of the rest comes along, so that one theft is enough for a while.
        for (std::uint32_t n = other->ring.size() / 2; n > 0; --n) {
          cell* more = other->ring.take();
          if (!more) break;
          push(l, *more);
        }
        if (is_work_left()) call_one_if_needed();
        return c;
      }
    }
    return nullptr;
  }

  void push(hosted_lane& l, cell& c) noexcept {
    if (!l.ring.push(&c)) [[unlikely]]
      injected_.push(c);
  }
  void share(hosted_lane& l, cell& c) noexcept {
    push(l, c);
    call_one_if_needed();
  }

  void inject(cell& c) noexcept {
    if (is_forked(system_)) [[unlikely]]
      return note_forked_send();
    // Counted, since the system may be waiting for this cell to come in before it goes away.
    injecting_.fetch_add(1, std::memory_order_relaxed);
    injected_.push(c);
    call_one_if_needed();
    injecting_.fetch_sub(1, std::memory_order_release);
  }

  bool is_work_left() const noexcept {
    if (!injected_.is_empty()) return true;
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& each) { return !each->ring.is_empty(); });
  }

  /// Not if one has been called that has not begun: it will look everywhere.
  void call_one_if_needed() noexcept {
    if (called_.load(std::memory_order_seq_cst)) return;
    if (std::none_of(lanes_.begin(), lanes_.end(), [](auto& l) { return l->is_resting(); })) return;
    if (called_.exchange(true, std::memory_order_seq_cst)) return;
    for (auto& l : lanes_) {
      if (!l->call()) continue;
      l->fresh.store(true, std::memory_order_relaxed);
      host_->run_soon(l->index());
      return;
    }
    called_.store(false,
                  std::memory_order_seq_cst);  // they all run by now, and look before they rest
  }

  // The clock's thread ----------------------------------------------------------------------------

  void keep_time() noexcept {
    while (!system_.io->try_enter()) std::this_thread::yield();
    unsigned vain = 0;
    while (!stopping_.load(std::memory_order_seq_cst)) {
      system_.io->sleep(until_next_look(vain));
      const std::int64_t present = now(system_);
      if (system_.timers.next() <= present) system_.timers.fire(present);
      if (lanes_.size() > 1 && look_at_lanes()) vain = 0;
    }
    system_.io->leave();
  }

  std::int64_t until_next_look(unsigned& vain) noexcept {
    std::int64_t limit = INT64_MAX;
    if (lanes_.size() > 1) {
      watching_.store(vain++ < watch_looks, std::memory_order_seq_cst);
      // Who begins to run after this look finds that nobody watches, and interrupts.
      if (!watching_ &&
          std::any_of(lanes_.begin(), lanes_.end(), [](auto& l) { return !l->is_resting(); })) {
        watching_ = true;
        vain = 0;
      }
      if (watching_) limit = watch_nanoseconds;
    }
    const std::int64_t due = system_.timers.next();
    return due == INT64_MAX ? limit
                            : std::min(limit, std::max<std::int64_t>(due - now(system_), 0));
  }

  /// What waits in the slot of a lane whose turn is the same as at the last look is stuck behind it; a lane
  /// that was called and does not begin may be stuck behind work of the host.
  /// \return true: some lane runs, or has run
  bool look_at_lanes() noexcept {
    bool busy = false;
    for (auto& l : lanes_) {
      const std::uint64_t turns = l->turns.load(std::memory_order_relaxed);
      const bool stands = std::exchange(l->turns_seen, turns) == turns;
      if (l->is_resting() && stands) continue;
      busy = true;
      if (!stands) continue;
      if (cell* c = l->slot.steal()) {
        l->robbed.store(true, std::memory_order_relaxed);
        inject(*c);
      }
    }
    if (busy && is_work_left()) {
      if (called_.load(std::memory_order_relaxed)) called_.store(false, std::memory_order_seq_cst);
      call_one_if_needed();
    }
    return busy;
  }

  system_core& system_;
  const std::unique_ptr<host> host_;
  std::vector<std::shared_ptr<hosted_lane>> lanes_;
  std::thread clock_;
  std::atomic<bool> stopping_{false};
  /// A lane has been called that has not begun. Written by callers, by that lane, and by the clock, which
  /// does not wait for it any longer.
  alignas(64) std::atomic<bool> called_{false};
  /// The clock's thread wakes up by itself, every now and then. It alone writes; seq_cst against the
  /// lanes' states.
  std::atomic<bool> watching_{true};
  std::atomic<unsigned> injecting_{0};  ///< threads inside inject()
  injection_queue injected_;
};

bool hosted_lane::run() noexcept {
  state expected = state::called;
  if (!where_.compare_exchange_strong(expected, state::running, std::memory_order_seq_cst))
    return false;  // closed
  inside_.fetch_add(1, std::memory_order_relaxed);
  const bool again = pool_.work(*this);
  inside_.fetch_sub(1, std::memory_order_release);
  inside_.notify_all();
  return again;
}

void hosted_lane::close() noexcept {
  state now = where_.load(std::memory_order_seq_cst);
  while (now != state::closed) {
    if (now == state::running) {
      where_.wait(now, std::memory_order_seq_cst);
      now = where_.load(std::memory_order_seq_cst);
    } else if (where_.compare_exchange_strong(now, state::closed, std::memory_order_seq_cst)) {
      break;
    }
  }
  while (const std::uint32_t n = inside_.load(std::memory_order_acquire)) {
    inside_.wait(n, std::memory_order_acquire);
  }
}

namespace {

environment environment_of(std::unique_ptr<host>& with) {
  environment e = real_environment();
  e.make_scheduler = [&with](system_core& system) {
    return std::make_unique<hosted_scheduler>(system, std::move(with));
  };
  return e;
}

}  // namespace

hosted_system::hosted_system(system_options options, std::unique_ptr<host> with)
    : actor_system(std::move(options), environment_of(with)) {}

}  // namespace troupe::detail
