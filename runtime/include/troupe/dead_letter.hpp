// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <troupe/actor_ref.hpp>

namespace troupe {

/// Why a message was not handled.
enum class drop_reason : std::uint8_t {
  no_actor,      ///< its target had ended
  mailbox_full,  ///< there was no room for it
  overtaken,     ///< newer mail needed its room (overflow::drop_oldest)
  expired,       ///< its sender had stopped waiting
  not_accepted,  ///< the actor has no handler for it
  not_sendable,  ///< it could not leave its process, or be read in this one
};

/// In words, for people: "the mailbox was full". \thread any
std::string_view to_string(drop_reason reason) noexcept;

/// A message that has been dropped, where it was sent, and why.
struct dead_letter_report {
  std::string_view message;  ///< the name of its type
  actor_ref<> target;
  drop_reason reason;
  std::string_view text = {};  ///< of what is not_sendable in this process: what went wrong
  const detail::message_type* type = nullptr;  ///< for as()
  const void* content = nullptr;

  /// The message itself, to look at during the call of the listener: `if (auto* lost = report.as<order>()) …`.
  /// \return null: it is no M, or it is but bytes in this process
  template <class M>
  const M* as() const noexcept {
    return type == &detail::message_type_of<M> ? static_cast<const M*>(content) : nullptr;
  }
};

}  // namespace troupe
