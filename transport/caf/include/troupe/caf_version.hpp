// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace troupe {

/// The version of CAF that this program was built with: "0.17.6". \thread any
std::string caf_version();

}  // namespace troupe
