// SPDX-License-Identifier: BSD-3-Clause
#include <stdexcept>
#include <troupe/detail/dict_verbs.hpp>

namespace troupe::detail::dict_verbs {

void changed_size() {
  throw std::runtime_error("the dict has changed its size while it is iterated over");
}

}  // namespace troupe::detail::dict_verbs
