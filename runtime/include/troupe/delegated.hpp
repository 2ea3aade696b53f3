// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/actor_ref.hpp>

namespace troupe {

/// What a handler returns if another actor answers in its place: actor_base::delegate() makes it.
template <class T>
struct delegated {};

namespace detail {

template <class T>
inline constexpr bool is_delegated = false;
template <class T>
inline constexpr bool is_delegated<delegated<T>> = true;

/// The question at hand, or null if the message was told.
envelope* question_at_hand(cell& c) noexcept;

template <class Value, class... Ms>
auto delegate_current(cell& c, const actor_ref<Ms...>& to, Value&& message) {
  using asked = std::remove_cvref_t<Value>;
  static_assert(accepted_by<asked, protocol<Ms...>>, "that actor does not accept this message");
  ensure_registered<asked>();
  ensure_registered<reply_of<asked>>();
  if (envelope* e = question_at_hand(c)) {
    correlation& question = correlation_of(*e);
    envelope* handed_on = make_envelope(envelope_kind::ask, std::forward<Value>(message));
    send_question(to.where(), handed_on, question);
    question.from = {};  // it is not this actor's any more: an exception from now on answers nobody
  } else {
    to.tell(std::forward<Value>(message));
  }
  return delegated<reply_of<asked>>{};
}

}  // namespace detail
}  // namespace troupe
