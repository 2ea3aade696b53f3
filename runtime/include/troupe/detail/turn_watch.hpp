// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <troupe/detail/cell.hpp>
#include <troupe/detail/class_counts.hpp>
#include <troupe/slow_handler.hpp>
#include <vector>

namespace troupe::detail {

/// What a thread that runs actors lets others see of it. Written by that thread alone, all relaxed:
/// who reads gets a hint, and checks it by reading twice.
struct workplace {
  std::atomic<cell*> running{nullptr};                ///< whose turn it is; null: nobody's
  std::atomic<const message_type*> message{nullptr};  ///< of what it handles, or handled last
  class_tally ended;                                  ///< who has ended here
  const system_core* system = nullptr;                ///< whose actors; its own alone
};

/// Of this thread.
workplace& this_workplace() noexcept;

/// A turn that was the same at two looks.
struct running_turn {
  address who;
  const actor_class* kind = nullptr;
  const message_type* message = nullptr;
  std::uint64_t turns = 0;  ///< of that thread so far
  std::uint64_t taken = 0;  ///< by that actor so far
  std::int64_t since = 0;   ///< nobody has seen it earlier
  bool reported = false;

  bool is_same(const running_turn& other) const noexcept {
    return who == other.who && message == other.message && turns == other.turns &&
           taken == other.taken;
  }
};

/// Looks over the shoulders of the threads that run actors: who runs what, and since when. With a
/// limit it has a thread of its own, which tells of each handler that runs for longer; an idle worker
/// could not, since all of them may be stuck. \thread any
class turn_watch {
 public:
  explicit turn_watch(system_core& system) : system_(system) {}
  ~turn_watch() { stop(); }
  turn_watch(const turn_watch&) = delete;
  turn_watch& operator=(const turn_watch&) = delete;

  /// This thread runs actors from now on and counts its turns there; until leave().
  void enter(workplace& place, const std::atomic<std::uint64_t>& turns);
  void leave(workplace& place) noexcept;

  /// An actor of that class has ended, or a body of it, on this thread.
  void count(const actor_class& kind, const class_count& more) noexcept;
  class_counts ended();

  /// What runs now.
  std::vector<running_turn> look();

  void start(std::int64_t limit);  ///< \throws std::system_error
  void stop() noexcept;
  void set_listener(std::function<void(const slow_handler&)> listener);

 private:
  struct seat {
    const workplace* place;
    const std::atomic<std::uint64_t>* turns;
    running_turn seen;
  };
  void note(seat& s, std::int64_t present);
  void watch(std::int64_t limit);
  std::vector<slow_handler> take_slow(std::int64_t limit);

  system_core& system_;
  std::mutex mutex_;  // of all below
  std::vector<seat> seats_;
  class_counts ended_;  ///< on threads that do not run actors, or have left
  std::function<void(const slow_handler&)> listener_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace troupe::detail
