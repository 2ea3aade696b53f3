// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <troupe/version.hpp>

namespace version_test {

TEST_CASE("version: three numbers with two dots between them") {
  CHECK(std::ranges::count(troupe::version, '.') == 2);
  CHECK(troupe::version.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace version_test
