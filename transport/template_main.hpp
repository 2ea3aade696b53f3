// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ticket.hpp"

namespace troupe::detail {

/// What a copy of the template has become.
struct handed_out {
  child_ticket ticket;
  std::vector<std::string> arguments;
};

/// The life of a template: loads what it is told, then makes a copy of itself for each request.
/// \return in a copy: what it is to be; in the template: nothing, its parent has ended or it could not
/// serve (then it has said so on stderr). \thread the main one, and no other
std::optional<handed_out> serve_as_template(const char* loads);

}  // namespace troupe::detail
