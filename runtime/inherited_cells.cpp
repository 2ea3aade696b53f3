// SPDX-License-Identifier: BSD-3-Clause
#include <new>
#include <troupe/detail/system_core.hpp>

#include "aside.hpp"
#include "every_cell.hpp"

/// In a copy of a process the cells of the original's actors are memory that nothing runs.
namespace troupe::detail {
namespace {

/// What the tenant was, and what has been sent to it, is the original's to end: it is forgotten here.
void make_gateway(cell& c, system_core& system, const actor_class& gateway, cell& link) {
  const std::uint32_t slot = c.slot;
  const std::uint32_t generation = c.generation.load(std::memory_order_relaxed);
  const std::uint64_t node = c.node_id;
  new (&c) cell{};
  c.head.store(cell::idle_bit, std::memory_order_relaxed);
  c.tail = &c.stub;
  c.slot = slot;
  set_bounds(c, unbounded);
  c.route = &link;
  c.kind = &gateway;
  c.node_id = node;
  c.system.store(&system, std::memory_order_relaxed);
  c.generation.store(generation, std::memory_order_release);
}

}  // namespace

void inherit_cells(const system_core& before, system_core& system, const actor_class& gateway,
                   cell& link, const std::function<void(cell&)>& each) {
  for_each_cell(system, [&](cell& c) {
    if (c.system.load(std::memory_order_relaxed) != &before) return;
    if (c.generation.load(std::memory_order_relaxed) & 1) {
      make_gateway(c, system, gateway, link);
      each(c);
    } else {
      c.system.store(nullptr, std::memory_order_relaxed);  // as if that system had ended
    }
  });
}

}  // namespace troupe::detail
