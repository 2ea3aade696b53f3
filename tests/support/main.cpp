// SPDX-License-Identifier: BSD-3-Clause
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <troupe/actor_system.hpp>

int main(int argc, char** argv) {
  // Child processes of a test are this program again; they run actors, not tests.
  if (const auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  return doctest::Context(argc, argv).run();
}
