// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

/// All threads of the program stand still, each at a place where it holds no lock: then the process can be
/// copied. A thread comes to such a place between two turns, and wherever it waits for something of ours.
namespace troupe {
class scheduler;
}
namespace troupe::detail {

struct system_core;

/// This thread is one of ours, which all come to rest sooner or later, from its first action to its last.
class known_thread {
 public:
  known_thread() noexcept;
  ~known_thread();
  known_thread(const known_thread&) = delete;
  known_thread& operator=(const known_thread&) = delete;
};

/// This thread is at such a place. The end of it waits for the end of a standstill. \thread any
class resting {
 public:
  resting() noexcept;
  ~resting();
  resting(const resting&) = delete;
  resting& operator=(const resting&) = delete;

  /// \return false: there is a standstill, and this thread still rests
  bool try_end() noexcept;
  /// Returns when there is no standstill, or is none any more.
  static void wait_for_others() noexcept;

 private:
  const std::uint64_t counted_;
  bool over_ = false;
};

/// As scheduler::wait, in real time. The caller rests meanwhile.
bool wait_at_rest(std::unique_lock<std::mutex>& hold, std::condition_variable& changed,
                  const std::function<bool()>& over, std::int64_t deadline);
/// Between two turns of a thread that has always something to do. It holds no lock.
void rest_if_asked() noexcept;

/// While it lives all threads but this one rest.
class standstill {
 public:
  /// Waits until they do, blocking this thread, and with it all that rest already.
  /// \param limit  nanoseconds; what is not one of our threads has a second at most
  /// \throws misuse_error: there are threads that nobody can stop; timeout_error naming the actors whose
  /// handlers have not returned; all go on then   \thread a known one
  standstill(system_core& system, std::int64_t limit);
  ~standstill();
  standstill(const standstill&) = delete;
  standstill& operator=(const standstill&) = delete;

  /// In a copy of the process, where all others are gone: nothing is known of any thread or scheduler. The
  /// standstill itself is never ended there.
  static void forget_all() noexcept;

  /// Schedulers are asked to let their workers rest.
  static void add(scheduler& s);
  static void remove(scheduler& s) noexcept;

 private:
  void ask_all(bool to_rest) noexcept;
  void release() noexcept;
};

}  // namespace troupe::detail
