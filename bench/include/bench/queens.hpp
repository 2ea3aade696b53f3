// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Placing queens row by row, for I12-nqueens and its floor. A board is what its rows attack.

#include <cstdint>

namespace bench {

/// Bit i of each: column i of the next row is attacked along the column or a diagonal.
struct board {
  std::uint64_t columns, left, right;
};

inline board with_queen(const board& b, std::uint64_t queen) {
  return {b.columns | queen, (b.left | queen) << 1, (b.right | queen) >> 1};
}

/// The places of the next row that are free, one bit each.
inline std::uint64_t free_places(const board& b, std::uint64_t size) {
  return ~(b.columns | b.left | b.right) & ((std::uint64_t{1} << size) - 1);
}

/// \return how many ways there are to fill the rows from `row` on
inline std::uint64_t solutions(const board& b, std::uint64_t row, std::uint64_t size) {
  if (row == size) return 1;
  std::uint64_t count = 0;
  for (std::uint64_t places = free_places(b, size); places != 0; places &= places - 1) {
    count += solutions(with_queen(b, places & -places), row + 1, size);
  }
  return count;
}

/// The answer, for sizes from 1 to 15.
inline std::uint64_t known_solutions(std::uint64_t size) {
  constexpr std::uint64_t known[] = {1,  1,   0,   0,    2,     10,    4,      40,
                                     92, 352, 724, 2680, 14200, 73712, 365596, 2279184};
  return size < 16 ? known[size] : 0;
}

}  // namespace bench
