// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The version of the library that was linked, which need not be the one of these headers.

#include <string_view>

namespace troupe {

/// "major.minor.patch"
extern const std::string_view version;

}  // namespace troupe
