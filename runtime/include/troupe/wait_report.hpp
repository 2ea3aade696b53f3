// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor_ref.hpp>
#include <troupe/awaited.hpp>
#include <troupe/bounds.hpp>

namespace troupe {

/// What an actor says of its waiting, wherever it lives.
struct wait_report {
  std::string name;     ///< of its class
  std::string process;  ///< of its system
  /// It waits for one thing alone, as long as it takes, and does nothing else meanwhile. What has a
  /// deadline, several ways out, or a mailbox to go on with, is no such wait.
  bool stands_still = false;
  awaited what = awaited::other;  ///< `reply` or `end`
  actor_ref<> whom;
  std::uint64_t id = 0;    ///< the same as long as it is the same wait
  bool owes = false;       ///< it has the question that it was told of, and has not answered it
  bool gives_out = false;  ///< it understands messages::holdings_of
};

namespace messages {

/// Every actor understands this, whatever it accepts: the runtime answers for it between two messages, also
/// while a handler waits. \cost one ask, and a look through what is in its mailbox, of which the first
/// thousand messages count
struct wait_of {
  static constexpr auto priority = urgent;
  using reply = wait_report;
  /// "Do you owe the answer to this question of that actor?"; 0: of no interest
  actor_ref<> asker;
  std::uint64_t question = 0;
};

/// So is this: if the actor still stands still in that wait for a reply, the wait ends with errc::deadlock
/// and this text, and the question is withdrawn. \return whether it did
struct end_wait {
  static constexpr auto priority = urgent;
  using reply = bool;
  std::uint64_t id = 0;
  std::string text;
};

}  // namespace messages
}  // namespace troupe
