// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <caf/actor.hpp>
#include <span>
#include <troupe/ask.hpp>
#include <troupe/detail/caf_value.hpp>

/// An actor of ours as CAF sees it.
namespace troupe::detail {

/// What the door of an actor knows of one message that the actor accepts.
struct caf_entry {
  bool (*holds)(const caf_content& content) noexcept;
  bool urgent;
  envelope* (*take)(caf_content& content, envelope_kind kind);
  outcome<caf::message> (*answer)(envelope* answer);
};

template <class M>
envelope* take_from_caf(caf_content& content, envelope_kind kind) {
  return make_envelope(kind, take_from<M>(content));
}

template <class M>
outcome<caf::message> answer_for_caf(envelope* answer) {
  using reply = reply_of<M>;
  outcome<reply> got = outcome_of<reply>(answer);
  if (!got) return std::move(got).error();
  if constexpr (std::is_void_v<reply>) {
    return outcome<caf::message>(boost::system::in_place_value);
  } else {
    return outcome<caf::message>(boost::system::in_place_value, to_caf<reply>(std::move(*got)));
  }
}

template <class... Ms>
inline constexpr std::array<caf_entry, sizeof...(Ms)> caf_entries{
    caf_entry{&holds<Ms>, is_urgent<Ms>, &take_from_caf<Ms>, &answer_for_caf<Ms>}...};

/// \param entries  live for ever   \throws std::invalid_argument, misuse_error
caf::actor open_door(caf::actor_system& theirs, const address& whom,
                     std::span<const caf_entry> entries);

}  // namespace troupe::detail
