// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/claim.hpp>
#include <troupe/detail/ending.hpp>

namespace troupe::detail {

void claim::give_back() noexcept {
  if (number_ == 0) return;
  try {
    from_.tell(
        messages::claim_returned{std::exchange(number_, 0), untold_ || goes_with_its_actor()});
  } catch (const std::bad_alloc&) {
    return;  // it comes back when the holder ends
  }
}

ask_operation<messages::claim_returned> claim::release() {
  return from_.ask(messages::claim_returned{std::exchange(number_, 0)});
}

ask_operation<messages::claim_kept> claim::keep() {
  const auto keeper = actor_ref<messages::claim_kept>::at(from_.where());
  return keeper.ask(messages::claim_kept{std::exchange(number_, 0)});
}

}  // namespace troupe::detail
