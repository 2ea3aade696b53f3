// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/fwd.hpp>
#include <troupe/detail/hosted_scheduler.hpp>

namespace troupe {

/// `caf_hosted_system ours(theirs, {.name = "shop"});`: an actor_system whose actors run on the threads of
/// `theirs`, beside its own, so that a program moves from CAF actor by actor and has no more threads than
/// before but one: it sleeps until a timer is due or a pipe can be read. Actors with own_thread and
/// blocking() have theirs.
///
/// system_options::workers says on how many of CAF's threads they run at the same time at most; 0: on all. What
/// is ready of ours is a job among CAF's, which gives way after half a millisecond; a CAF actor gives way as
/// `scheduler.max-throughput` says, by default not before its mailbox is empty.
///
/// `theirs` must outlive the system, so declare it first. Never wait for actors of ours (`.get()`, `run`,
/// `shutdown`) on a thread of CAF's pool, which they may need: do so in main, caf_main and detached actors.
/// start_method::fork is refused, since CAF's threads cannot be made to stand still.
/// \cost as any actor_system; to wake it when it was idle, a job for CAF
class caf_hosted_system : public detail::hosted_system {
 public:
  /// \throws as actor_system   \thread any but CAF's pool
  explicit caf_hosted_system(caf::actor_system& theirs, system_options options = {});
};

}  // namespace troupe
