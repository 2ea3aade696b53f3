// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

/// An input that breaks a promise ends the program, so that the search keeps it.
#define MUST(CONDITION)                                                            \
  do {                                                                             \
    if (!(CONDITION)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #CONDITION); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}
