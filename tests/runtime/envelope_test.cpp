// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <troupe/detail/envelope.hpp>
#include <troupe/detail/pool.hpp>

namespace envelope_test {
using namespace troupe;
using namespace troupe::detail;

struct nine_bytes {
  std::uint64_t number;
  std::uint8_t more;
};
struct owner {
  std::unique_ptr<int> of;
};
}  // namespace envelope_test

TEST_CASE("envelope: what is told in up to 8 bytes takes one block of 32") {
  using namespace envelope_test;
  const envelope_ptr small(make_tell(std::uint64_t{42}));
  CHECK(is_small(*small));
  CHECK(small->size_class == size_class_of(envelope_alignment));
  CHECK(small->as<std::uint64_t>() == 42);
  CHECK_FALSE(is_small(*envelope_ptr(make_tell(nine_bytes{1, 2}))));
  CHECK_FALSE(is_small(*envelope_ptr(make_envelope(envelope_kind::tell, std::uint64_t{1}))));
}

TEST_CASE("envelope: a small one moves into a full one with what it owns") {
  using namespace envelope_test;
  const envelope_ptr small(make_tell(owner{std::make_unique<int>(7)}));
  REQUIRE(is_small(*small));
  small->generation = 5;
  const envelope_ptr full(moved_out(*small));
  CHECK(small->type == nullptr);
  CHECK_FALSE(is_small(*full));
  CHECK(full->generation == 5);
  CHECK(routing_of(*full).slot == 0);
  CHECK(*full->as<owner>().of == 7);
}
