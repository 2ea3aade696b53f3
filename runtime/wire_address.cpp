// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/wire_address.hpp>

#include <troupe/detail/cell.hpp>

#include "turn.hpp"

namespace troupe::detail {

wire_address to_wire(const address& a) noexcept {
  if (!a.home) return {};
  return {a.home->node_id, a.slot, a.generation};
}

address process_of(const address& a) noexcept {
  if (!is_remote(a)) return {};
  return {a.home, 0, 1};
}

address from_wire(decode_context* context, const wire_address& wire) {
  if (wire.node == 0) return {};
  cell* home = context ? context->home_of(wire.node, wire.slot) : nullptr;
  if (!home) throw std::runtime_error("an actor_ref that leads nowhere from here");
  return {home, wire.slot, wire.generation};
}

}  // namespace troupe::detail
