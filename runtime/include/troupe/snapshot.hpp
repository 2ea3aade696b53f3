// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <troupe/actor_ref.hpp>
#include <troupe/awaited.hpp>
#include <vector>

/// What a system is doing at one moment: every actor, what it waits for, what it has done. Made by
/// actor_system::snapshot(), for people and for tests; actors go on meanwhile, so that it is the
/// truth about each of them but not about all at once.
namespace troupe {

enum class actor_state : std::uint8_t {
  starting,  ///< its constructor runs, or it has not had its first turn
  ready,     ///< has nothing to do but its next message, or waits for a worker
  running,   ///< a handler runs, and has gone on too long to be asked
  waiting,   ///< a coroutine waits, see actor_snapshot::waits
  resting,   ///< has ended; its supervisor will begin it again
  stopping,  ///< waits for its children to end
};

/// One thing that an actor waits for.
struct wait_snapshot {
  awaited what = awaited::other;
  actor_ref<> whom;                    ///< or nobody
  std::string name;                    ///< the class of `whom`, if it is known here
  std::chrono::nanoseconds waited{0};  ///< at least: since some snapshot first saw it
};

struct actor_snapshot {
  actor_ref<> ref;
  std::string name;                ///< of its class
  std::vector<std::string> names;  ///< it is registered under, sorted
  actor_ref<> parent;              ///< or nobody: the system
  std::string parent_name;         ///< the parent's class
  actor_state state = actor_state::ready;
  bool answered = false;  ///< false: what only the actor knows (`waits`, `in_line`) is missing
  std::vector<wait_snapshot> waits;  ///< the newest 16, if it waits for many at once
  std::size_t waits_total = 0;
  std::size_t in_line = 0;             ///< who wait for what it has to give: a lock, permits, items
  std::chrono::nanoseconds eldest{0};  ///< how long the one has waited who has waited longest
  std::string message;                 ///< type of what it handles now, if it is running
  std::chrono::nanoseconds running{0};  ///< for how long, at least
  std::uint32_t mailbox = 0;            ///< messages that wait
  std::uint32_t capacity = 0;           ///< of the mailbox; 0: unbounded
  std::uint64_t handled = 0;            ///< messages taken from the mailbox so far
};

/// All actors of one class, dead or alive.
struct class_snapshot {
  std::string name;
  std::uint64_t alive = 0;
  std::uint64_t ended = 0;
  std::uint64_t errors = 0;   ///< ends by an exception, those of a supervised actor included
  std::uint64_t handled = 0;  ///< messages
};

struct system_snapshot {
  std::string name;
  std::vector<actor_snapshot> actors;   ///< the oldest first
  std::vector<class_snapshot> classes;  ///< by name
  std::uint64_t live = 0;               ///< actors
  std::uint64_t opened = 0;             ///< actors and links, ever
  std::uint64_t dead_letters = 0;
  unsigned workers = 0;

  /// \return null: there is no such actor
  const actor_snapshot* find(const actor_ref<>& ref) const noexcept;
};

const char* to_string(actor_state state) noexcept;
/// "reply from teller 4.1@5c2d1a (0.2 s)"
std::string to_string(const wait_snapshot& wait);
/// What it waits for or handles: "handles deposit (1.2 s)"; empty: nothing.
std::string doing(const actor_snapshot& actor);
/// A table, a line for each actor and each class, for people.
std::string to_string(const system_snapshot& snapshot);
std::ostream& operator<<(std::ostream& out, const system_snapshot& snapshot);

}  // namespace troupe
