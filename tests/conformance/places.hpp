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
/// A node of a cluster for each party, and one more for the coordinators; with CAF only.
std::unique_ptr<place> make_nodes();
std::unique_ptr<place> make_served_nodes();

}  // namespace troupe::conformance
