// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe {

/// As the end of a slice of an array or a list: the end of the whole.
inline constexpr std::ptrdiff_t slice_end = PTRDIFF_MAX;

}  // namespace troupe
