// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/environment.hpp>
#include <troupe/detail/names.hpp>
#include <troupe/detail/reactor.hpp>
#include <troupe/detail/timer_queue.hpp>
#include <troupe/detail/turn_watch.hpp>
#include <troupe/scheduler.hpp>

/// What stands behind an actor_system. For the runtime and the transport only.
namespace troupe::detail {

class blocking_pool;
class thread_set;
struct inspection_desk;

/// What the transport adds to a system.
class transport_part {
 public:
  virtual ~transport_part() = default;
  /// The program has come to its normal end: ends daemons, and waits for the other child processes that
  /// end by themselves. Blocks a plain thread.
  virtual void end_normally() noexcept = 0;
  /// Actors here wait for some in child processes: ask those to end now. Does not wait.
  virtual void begin_close() noexcept = 0;
  /// All actors of this process have ended: end the child processes and close the links.
  /// Blocks a plain thread until they are gone, by force at `deadline` (system clock, nanoseconds).
  virtual void close(std::int64_t deadline) noexcept = 0;
};

struct system_core {
  system_core(actor_system& handle, system_options options, environment given);
  ~system_core();

  actor_system& handle;
  const system_options options;
  const std::unique_ptr<cell_bank> cells;  ///< of a simulation; null: those of the process
  const std::unique_ptr<clock_source> clock;
  const std::unique_ptr<random_source> luck;
  const bool single_thread;     ///< see environment
  const std::uint64_t node_id;  ///< random: another run of the same program is another node
  const unsigned forks_before;  ///< see fork_guard.hpp
  std::unique_ptr<reactor> io;
  timer_queue timers;
  name_registry names;
  const std::unique_ptr<thread_set> own_threads;  ///< of actors that may block
  const std::shared_ptr<inspection_desk> desk;    ///< of snapshots
  turn_watch watch{*this};
  std::unique_ptr<scheduler> workers;

  std::atomic<std::uint64_t> live{0};     ///< actors
  std::atomic<std::uint64_t> opened{0};   ///< cells, ever
  std::atomic<std::uint64_t> dropped{0};  ///< dead letters
  std::atomic<bool> warned_full{false};   ///< that a tell has found a mailbox full
  std::atomic<bool> closing{false};
  std::atomic<log_level> least_said{log_level::warning};  ///< any thread reads and writes
  std::function<void(const dead_letter_report&)> dead_letter_listener;

  std::mutex quiet_mutex;
  std::condition_variable quiet;  ///< `live` has fallen to zero while closing

  std::mutex transport_mutex;
  std::unique_ptr<transport_part> transport;  ///< made by the first start_process

  std::mutex blocking_mutex;
  std::unique_ptr<blocking_pool> blocking;  ///< made by the first call

  /// Whether what is of this level goes to stderr. \thread any
  bool says(log_level level) const noexcept {
    return level >= least_said.load(std::memory_order_relaxed);
  }
  /// \param at_most  in place of the shutdown timeout, if it is less
  bool shutdown(std::chrono::nanoseconds at_most = std::chrono::nanoseconds::max()) noexcept;
  /// Kills all actors without an owner, and so all. Does not wait.
  void kill_all() noexcept;

 private:
  bool wait_until_quiet(std::int64_t deadline) noexcept;
  void look_early(std::int64_t deadline) noexcept;
  void report_survivors() noexcept;
  void retire_cells() noexcept;
  bool shut_ = false;
};

/// A vacant cell whose consumer is now the caller; `fresh`: one that never had a tenant, to keep.
cell& take_cell(const system_core& system, bool fresh);
void give_back_cell(const system_core& system, cell& c) noexcept;

/// See actor_system::snapshot(). \thread plain
system_snapshot make_snapshot(system_core& system, std::chrono::nanoseconds patience);

/// Counts an actor's end; wakes shutdown() with the last one.
void count_end(system_core& system) noexcept;

/// Opens a cell that is not an actor but carries mail away: a link. It counts for nothing and lives as
/// long as the system. \param blocked  it takes no mail until a notice clears `busy`
cell& open_raw_cell(system_core& system, const actor_class& kind, void* body, std::uint64_t node_id,
                    bool blocked);
/// In a process that is a copy of the one that `before` lives in: all addresses of `before` that its memory
/// holds lead to the cell `link` from now on. \param each  told of all cells that such addresses name
/// \thread the only one, so far, that sends anything   \cost O(cells)
void inherit_cells(const system_core& before, system_core& system, const actor_class& gateway,
                   cell& link, const std::function<void(cell&)>& each);
/// The cell of a slot of this process, or null if there is none or it is not this system's.
cell* cell_at(const system_core& system, std::uint32_t slot) noexcept;
cell* any_cell_at(std::uint32_t slot) noexcept;

/// What there is to say of a message that is dropped, as long as `e` is whole.
dead_letter_report report_of(const address& target, const envelope& e, drop_reason why) noexcept;
/// Whom `e` is for, which came to `c`: its tenant, or who lives behind that link.
address target_of(cell& c, const envelope& e) noexcept;
void dead_letter(system_core* system, const dead_letter_report& report) noexcept;

}  // namespace troupe::detail
