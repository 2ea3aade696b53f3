// SPDX-License-Identifier: BSD-3-Clause
#include "introduction.hpp"

#include <troupe/detail/wire_address.hpp>

namespace troupe::detail {

bool is_family_news(std::uint64_t type) noexcept {
  return type == type_id<introduction>() || type == type_id<old_way_ends>() ||
         type == type_id<sibling_over>() || type == type_id<handed_on>() ||
         type == type_id<newcomer>();
}

/// The descriptors go beside it, under numbers of the link's; 0: this one could not.
void wire_format<introduction>::write(byte_buffer& out, const introduction& value) {
  out.put(value.whom);
  out.put(value.node);
  out.put(value.password);
  for (const owned_fd* each : {&value.ends.in, &value.ends.out, &value.ends.control}) {
    std::uint64_t number = 0;
    out.put(*each && out.lend_descriptor(each->get(), 0, number) ? number : std::uint64_t{0});
  }
}

bool wire_format<introduction>::read(wire_reader& in, introduction& value) {
  constexpr const char* what = "an introduction";
  if (!in.take(&value.whom, sizeof value.whom, what) ||
      !in.take(&value.node, sizeof value.node, what) ||
      !in.take(&value.password, sizeof value.password, what)) {
    return false;
  }
  for (owned_fd* each : {&value.ends.in, &value.ends.out, &value.ends.control}) {
    std::uint64_t number = 0;
    if (!in.take(&number, sizeof number, what)) return false;
    if (number != 0 && in.context()) *each = owned_fd(in.context()->take_descriptor(number));
  }
  return true;
}

}  // namespace troupe::detail
