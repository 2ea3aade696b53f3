// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Numbers that look random and are the same in every program and language. The generator is
// Savina's (github.com/shamsimam/savina, PseudoRandom): its products fit every language's small
// integers.

#include <cstdint>

namespace bench {

class random {
 public:
  explicit random(std::uint64_t seed) : value_(seed) {}

  /// \return 0 to 65,535
  std::uint64_t next() { return value_ = (value_ * 1309 + 13849) & 65535; }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t value_;
};

/// The work that stands for handling one item: so many steps of the generator.
inline std::uint64_t work(std::uint64_t seed, std::uint64_t steps) {
  random r(seed & 65535);
  std::uint64_t last = seed & 65535;
  for (std::uint64_t i = 0; i < steps; ++i) last = r.next();
  return last;
}

}  // namespace bench
