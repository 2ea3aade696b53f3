// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <stdexcept>
#include <troupe/detail/envelope.hpp>

/// How an address travels: node id, slot, generation. On arrival the node id is turned into a cell.
namespace troupe::detail {

struct wire_address {
  std::uint64_t node = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

/// What decoding needs to know of the system it decodes for.
class decode_context {
 public:
  /// The cell through which slot `slot` of `node` is reached; null: refused (no such slot here, or
  /// more nodes than this system takes).
  virtual cell* home_of(std::uint64_t node, std::uint32_t slot) = 0;
  /// The descriptor with this number, which came beside the message; the caller's now. -1: there is none
  virtual int take_descriptor(std::uint64_t) noexcept { return -1; }

 protected:
  ~decode_context() = default;
};

wire_address to_wire(const address& a) noexcept;
/// What stands for the process that `a` lives in, to be monitored; nobody if that is this process.
address process_of(const address& a) noexcept;
/// \throws std::runtime_error if the context refuses the address
address from_wire(decode_context* context, const wire_address& wire);

template <class Archive>
void save_address(Archive& archive, const address& a) {
  const wire_address wire = to_wire(a);
  archive(wire.node, wire.slot, wire.generation);
}
template <class Archive>
address load_address(Archive& archive) {
  wire_address wire;
  archive(wire.node, wire.slot, wire.generation);
  return from_wire(archive.context(), wire);
}

}  // namespace troupe::detail
