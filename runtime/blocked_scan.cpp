// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/blocked_scan.hpp>

#include <troupe/detail/system_core.hpp>

#include "every_cell.hpp"
#include "near.hpp"

namespace troupe::detail {
namespace {

/// A handler waits, and the actor is not reentrant. The flag itself belongs to the consumer, which in a system
/// with one worker is the thread that looks; there the blocked bit is mostly not needed.
bool stands_still(const cell& c) noexcept {
  if (c.system_lane.load(std::memory_order_relaxed) == cell::blocked_bit) return true;
  return (c.runner & ~cell::urgent_bit) == sole_worker_mark && c.busy;
}

}  // namespace

std::vector<actor_ref<>> blocked_scan::look(system_core& system, std::int64_t after,
                                            std::size_t most) {
  const std::int64_t present = now(system);
  std::vector<actor_ref<>> found;
  ++looks_;
  for_each_cell(system, [&](cell& c) {
    const std::uint32_t generation = c.generation.load(std::memory_order_acquire);
    if (!(generation & 1) || c.system.load(std::memory_order_acquire) != &system || c.kind->raw)
      return;
    if (!stands_still(c)) return;
    const std::uint64_t taken = handled_by(c);
    const std::uint64_t number = std::uint64_t{c.slot} << 32 | generation;
    const standing fresh{taken, present, later(present, after), looks_};
    standing& s = known_.try_emplace(number, fresh).first->second;
    if (s.taken != taken) s = fresh;
    s.look = looks_;
    if (s.due > present || found.size() == most) return;
    s.due = later(present, present - s.since);
    found.push_back(actor_ref<>::at({&c, c.slot, generation}));
  });
  std::erase_if(known_, [&](const auto& each) { return each.second.look != looks_; });
  return found;
}

}  // namespace troupe::detail
