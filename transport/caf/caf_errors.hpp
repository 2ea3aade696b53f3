// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <string>
#include <troupe/detail/caf_value.hpp>
#include <troupe/error.hpp>

/// Errors and reasons of ends, as the other side says them. The table is in <troupe/caf.hpp>.
namespace troupe::detail {

caf::error caf_error_of(const failure& f);
caf::error caf_error_of(const exit_reason& why);
failure failure_of(const caf::error& e, const caf::actor_system& theirs);
exit_reason exit_reason_of(const caf::error& e, const caf::actor_system& theirs);
/// What a message is made of, where CAF has a name, by that: "@str, deposit".
std::string types_in(const caf_content& content, const caf::actor_system& theirs);

}  // namespace troupe::detail
