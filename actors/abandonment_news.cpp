// SPDX-License-Identifier: BSD-3-Clause
#include <new>
#include <troupe/detail/abandonment_news.hpp>

namespace troupe::detail {

abandonment_news::~abandonment_news() {
  if (!unheard_) return;
  try {
    from_.tell(messages::abandonment_unheard{});
  } catch (const std::bad_alloc&) {
    return;  // nobody is told
  }
}

}  // namespace troupe::detail
