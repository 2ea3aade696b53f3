// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/caf_version.hpp>

#include "version.hpp"

namespace troupe {

std::string caf_version() {
  return std::to_string(CAF_VERSION / 10000) + '.' + std::to_string(CAF_VERSION / 100 % 100) + '.' +
         std::to_string(CAF_VERSION % 100);
}

}  // namespace troupe
