// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

/// Counts what `operator new` hands out in this program, all threads together.
namespace allocation_count {

std::size_t bytes_now() noexcept;
/// The most there was since the last call of restart().
std::size_t bytes_peak() noexcept;
void restart() noexcept;

/// How far the memory in use rose above its start while `work` ran.
template <class Work>
std::size_t rise_during(Work work) {
  restart();
  const std::size_t before = bytes_now();
  work();
  const std::size_t peak = bytes_peak();
  return peak > before ? peak - before : 0;
}

}  // namespace allocation_count
