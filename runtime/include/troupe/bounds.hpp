// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

namespace troupe {

/// What happens to a message for a mailbox that is full. An ask always ends: with its answer, or with
/// errc::mailbox_full. What is dropped is a dead letter with its reason. Ends of actors, stops, replies
/// and timers are never dropped.
enum class overflow : std::uint8_t {
  suspend,  ///< `co_await send` and `ask` wait for room, in order; `try_tell` hands back; `tell` drops
  refuse,       ///< `send` and `ask` fail, `try_tell` hands the message back; `tell` drops it
  drop_newest,  ///< the message that finds no room is dropped, whoever sent it
  drop_oldest,  ///< the oldest message is dropped to make room; costs a lock for each message
};

/// The greatest bound of a mailbox, and the one it has if nothing is said: 64 MiB of small messages.
inline constexpr std::uint32_t mailbox_messages_max = (1U << 20) - 1;

/// How many messages wait in a mailbox at most, and what happens beyond. A class actor says
/// `static constexpr mailbox_bounds bounds{.messages = 100, .at_bound = overflow::refuse};`,
/// a function gets it in `spawn<player>(spawn_options{.bounds = …}, …)`.
struct mailbox_bounds {
  std::uint32_t messages = mailbox_messages_max;  ///< 1 … mailbox_messages_max; 0: unbounded
  overflow at_bound = overflow::suspend;
};

/// For an actor whose senders are known to stop: its mailbox grows as long as there is memory.
inline constexpr mailbox_bounds unbounded{0, overflow::suspend};

/// How urgent a message is; a message type says `static constexpr auto priority = urgent;` to overtake
/// all that are not, in every mailbox. Among themselves urgent messages stay in order. What it says of an
/// actor is in spawn_options.
enum class message_priority : std::uint8_t { normal, urgent };
inline constexpr auto urgent = message_priority::urgent;

/// What can be chosen for one actor where it is spawned; empty: as its class says.
struct spawn_options {
  std::optional<mailbox_bounds> bounds{};
  /// It runs on a thread of its own, never on a worker, so its handlers may block: sleep, read a file,
  /// wait with `.get()`. A class says `static constexpr bool own_thread = true;`. Its constructor runs
  /// where it is spawned; spawn throws std::system_error if there can be no more threads. Shutdown can
  /// no more end a handler that does not return than any other. A simulation has no threads: there it
  /// runs like all others, and `.get()` stays a misuse_error.
  bool own_thread = false;
  /// The turns of an urgent actor come before those of others, of which one comes after four of these, so
  /// that they do not wait for ever. As long as it waits for a `lock` or `rlock` of its process, the turns of
  /// the actor there that holds it come first, too, and so on if that one waits for another. A class says
  /// `static constexpr auto priority = urgent;`.
  message_priority priority = message_priority::normal;
};

}  // namespace troupe
