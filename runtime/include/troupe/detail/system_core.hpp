// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/detail/reactor.hpp>
#include <troupe/detail/timer_queue.hpp>
#include <troupe/scheduler.hpp>

/// What stands behind an actor_system. For the runtime and the transport only.
namespace troupe::detail {

/// What the transport adds to a system.
class transport_part {
 public:
  virtual ~transport_part() = default;
  /// Actors here wait for some in child processes: ask those to end now. Does not wait.
  virtual void begin_close() noexcept = 0;
  /// All actors of this process have ended: end the child processes and close the links.
  /// Blocks a plain thread until they are gone, by force at `deadline` (system clock, nanoseconds).
  virtual void close(std::int64_t deadline) noexcept = 0;
};

struct system_core {
  system_core(actor_system& handle, system_options options);
  ~system_core();

  actor_system& handle;
  const system_options options;
  const std::uint64_t node_id;  ///< random: another run of the same program is another node
  std::unique_ptr<clock_source> clock;
  std::unique_ptr<reactor> io;
  timer_queue timers;
  std::unique_ptr<scheduler> workers;

  std::atomic<std::uint64_t> live{0};     ///< actors
  std::atomic<std::uint64_t> opened{0};   ///< cells, ever
  std::atomic<std::uint64_t> dropped{0};  ///< dead letters
  std::atomic<bool> closing{false};
  std::function<void(const dead_letter_report&)> dead_letter_listener;

  std::mutex quiet_mutex;
  std::condition_variable quiet;  ///< `live` has fallen to zero while closing

  std::mutex transport_mutex;
  std::unique_ptr<transport_part> transport;  ///< made by the first start_process

  bool shutdown() noexcept;

 private:
  bool wait_until_quiet(std::int64_t deadline) noexcept;
  void report_survivors() const noexcept;
  void retire_cells() noexcept;
  bool shut_ = false;
};

/// Counts an actor's end; wakes shutdown() with the last one.
void count_end(system_core& system) noexcept;

/// Opens a cell that is not an actor but carries mail away: a link. It counts for nothing and lives as
/// long as the system. \param blocked  it takes no mail until a notice clears `busy`
cell& open_raw_cell(system_core& system, const actor_class& kind, void* body, std::uint64_t node_id,
                    bool blocked);
/// The cell of a slot of this process, or null if there is none or it is not this system's.
cell* cell_at(const system_core& system, std::uint32_t slot) noexcept;
cell* any_cell_at(std::uint32_t slot) noexcept;

}  // namespace troupe::detail
