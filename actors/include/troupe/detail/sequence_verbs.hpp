// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

/// What arrays and lists do with places: a negative index counts from the end, -1 is the last.
namespace troupe::detail {

/// \return the index of that element   \throws std::out_of_range with index and size
std::size_t place_of(std::ptrdiff_t index, std::size_t size, const char* verb);

/// The elements [first, last), as many of them as there are.
struct slice_bounds {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const noexcept { return last - first; }
};
slice_bounds slice_of(std::ptrdiff_t first, std::ptrdiff_t last, std::size_t size) noexcept;

std::string described(const char* what, std::size_t count, const char* one, const char* many);

}  // namespace troupe::detail
