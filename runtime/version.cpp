// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/version.hpp>

namespace troupe {

constinit const std::string_view version = TROUPE_VERSION;

}  // namespace troupe
