// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <ranges>
#include <troupe/actor_ref.hpp>
#include <troupe/shared.hpp>

namespace troupe {

/// Tells all of `refs` the same. Those that accept `shared<M>` get one M between them, made once; those
/// that accept M itself get a copy each. From one sender, in order with whatever else it tells them.
/// \throws what copying M throws, std::bad_alloc: then some have it and some have not
/// \cost one tell for each; one allocation and one atomic addition for the shared M, however many
template <std::ranges::sized_range Refs, class M>
  requires(!detail::is_shared<M>)
void broadcast(const Refs& refs, const M& message) {
  using protocol = typename std::ranges::range_value_t<Refs>::protocol_type;
  if constexpr (accepted_by<shared<M>, protocol>) {
    broadcast(refs, shared<M>(message));
  } else {
    static_assert(accepted_by<M, protocol>,
                  "these actors accept neither shared<M> nor M; "
                  "what they accept is their protocol<...>");
    for (const auto& ref : refs) ref.tell(message);
  }
}
template <std::ranges::sized_range Refs, class M>
void broadcast(const Refs& refs, const shared<M>& message) {
  typename shared<M>::copies copies(message, std::ranges::size(refs));
  for (const auto& ref : refs) ref.tell(copies.take());
}

}  // namespace troupe
