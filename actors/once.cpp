// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/once.hpp>

namespace troupe::detail {

static_assert(encodable<once<>> && encodable<once<int>>, "a handle travels in messages");

std::string describe_once(bool done, bool running, std::size_t waiting) {
  if (done) return "once: done";
  if (!running) return "once: not done";
  return "once: at work, " + std::to_string(waiting) + " waiting";
}

}  // namespace troupe::detail
