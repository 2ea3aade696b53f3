// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace troupe::testing {

/// In how many places the test that runs has been tried so far. \see place.hpp of the conformance tests
inline int places_tried = 0;
inline void count_place() noexcept { ++places_tried; }

}  // namespace troupe::testing
