// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/core.hpp>
#include <troupe/detail/participant.hpp>

namespace troupe::detail {

participant participant_here() noexcept {
  cell* running = running_cell();
  if (!running) return {{}, true};
  return {actor_ref<>::at(running->self()), false};
}

participant participant_of(const participant& said, const actor_ref<>& asker) noexcept {
  if (!said.thread) return {said.actor ? said.actor : asker, false};
  // The first actor of every other process is known; it ends with its process.
  const address& from = asker.where();
  return {is_remote(from) ? actor_ref<>::at({from.home, 0, 1}) : actor_ref<>{}, true};
}

std::string to_string(const participant& who) {
  if (!who.thread) return troupe::to_string(who.actor);
  return who.actor ? "a thread of the process of " + troupe::to_string(who.actor) : "a thread";
}

}  // namespace troupe::detail
