// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <stdexcept>
#include <troupe/detail/fixed_array.hpp>
#include <troupe/detail/sequence_verbs.hpp>

namespace troupe::detail {
namespace {

/// Counted from the beginning; may be below 0 or beyond the size.
std::ptrdiff_t from_the_beginning(std::ptrdiff_t index, std::size_t size) noexcept {
  return index < 0 ? index + static_cast<std::ptrdiff_t>(size) : index;
}

std::size_t clamped(std::ptrdiff_t index, std::size_t size) noexcept {
  const std::ptrdiff_t place = from_the_beginning(index, size);
  return place < 0 ? 0 : std::min(static_cast<std::size_t>(place), size);
}

}  // namespace

std::size_t place_of(std::ptrdiff_t index, std::size_t size, const char* verb) {
  const std::ptrdiff_t place = from_the_beginning(index, size);
  if (place < 0 || static_cast<std::size_t>(place) >= size) {
    throw std::out_of_range(std::string(verb) + ": the index is " + std::to_string(index) +
                            ", the size " + std::to_string(size));
  }
  return static_cast<std::size_t>(place);
}

slice_bounds slice_of(std::ptrdiff_t first, std::ptrdiff_t last, std::size_t size) noexcept {
  const slice_bounds part{clamped(first, size), clamped(last, size)};
  return {part.first, std::max(part.first, part.last)};
}

std::string described(const char* what, std::size_t count, const char* one, const char* many) {
  return std::string(what) + ": " + std::to_string(count) + " " + (count == 1 ? one : many);
}

std::size_t array_verbs::fitting(std::ptrdiff_t first, std::size_t items, std::size_t size) {
  const std::ptrdiff_t place = from_the_beginning(first, size);
  if (place < 0 || static_cast<std::size_t>(place) > size ||
      items > size - static_cast<std::size_t>(place)) {
    throw std::out_of_range("array::set_slice: " + std::to_string(items) + " items from index " +
                            std::to_string(first) + " on, the size is " + std::to_string(size));
  }
  return static_cast<std::size_t>(place);
}

}  // namespace troupe::detail
