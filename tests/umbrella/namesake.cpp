// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/process_pool.hpp>

/// Has a function of the name and the type of one in process_pool_test.cpp.
namespace {
int namesake(int x) { return x + 1; }
}  // namespace

[[maybe_unused]] troupe::pool_initializer with_a_namesake() {
  return troupe::call_of<&namesake>(1);
}
