// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string_view>
#include <troupe/actor_ref.hpp>

namespace troupe {

/// A handler that has run for longer than system_options::handler_limit, and still does: its worker
/// runs nobody else meanwhile.
struct slow_handler {
  actor_ref<> actor;
  std::string_view name;     ///< of its class
  std::string_view message;  ///< type of what it handles; empty: nothing, it goes on by itself
  std::chrono::nanoseconds running;  ///< so far, at least
};

}  // namespace troupe
