// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <troupe/caf_version.hpp>

TEST_CASE("caf: the version is the one of the packages, or later") {
  CHECK(troupe::caf_version() >= "0.17.6");
}
