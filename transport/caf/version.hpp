// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdint>
#include <string>

/// All that depends on the version of CAF is here. The rest of this folder uses what both have.
/// Debian ships 0.17; from 0.18 on types are registered in blocks, atoms are types, and messages look
/// different to who matches them. Where that is needed, `#if` goes here.
#if CAF_VERSION < 1706 || CAF_VERSION >= 1800
#error \
    "troupe::caf knows CAF 0.17.6; what later versions call differently is to be added in this header"
#endif

namespace troupe::detail {

using connect_atom_constant = caf::connect_atom;
using publish_atom_constant = caf::publish_atom;
using close_atom_constant = caf::close_atom;

/// If the message of `e` is one T, a reference to it, to be moved from; else null.
template <class T>
T* content_of(caf::mailbox_element& e) {
  auto& content = e.content();
  if (!content.match_elements<T>()) return nullptr;
  return &content.get_mutable_as<T>(0);
}

/// Puts one T into the mailbox of `to`, from whatever thread.
template <class T>
void put(const caf::strong_actor_ptr& from, const caf::strong_actor_ptr& to, T message) {
  to->enqueue(caf::make_mailbox_element(from, caf::make_message_id(), {}, std::move(message)),
              nullptr);
}

}  // namespace troupe::detail
