// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "place.hpp"

namespace troupe::conformance {

/// Each place there is; each is made in the file of its name.
std::unique_ptr<place> make_in_process();
/// A process for each party; the coordinators live in the body's.
std::unique_ptr<place> make_processes();
/// The same, but one more process, which is neither the body's nor a party's, has the coordinators.
std::unique_ptr<place> make_served_processes();

}  // namespace troupe::conformance
