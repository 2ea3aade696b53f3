// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/caf_version.hpp>

#include "caf_compat.hpp"

namespace troupe {

std::string caf_version() {
  return std::to_string(CAF_MAJOR_VERSION) + '.' + std::to_string(CAF_MINOR_VERSION) + '.' +
         std::to_string(CAF_PATCH_VERSION);
}

}  // namespace troupe
