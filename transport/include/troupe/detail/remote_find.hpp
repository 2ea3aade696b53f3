// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor_system.hpp>
#include <vector>

/// How the registered actors of another process are found.
namespace troupe::detail {

struct wanted_type {
  std::uint64_t id = 0;
  std::string name;
};

/// How it came out; a failure is a value here, so that its code survives the way.
struct found {
  actor_ref<> who;
  failure why;
};

/// Asked of a process: the actor that was registered as `name`, if it accepts all of `wanted`.
struct find_request {
  using reply = found;
  std::string name;
  std::vector<wanted_type> wanted;
};

ask_operation<find_request> ask_to_find(const address& node_actor, std::string name,
                                        accepted_types wanted);
/// \throws what `why` says, if it was not found
address address_in(const found& answer);

/// What this process answers.
found find_for(const system_core& system, const find_request& request);

}  // namespace troupe::detail
