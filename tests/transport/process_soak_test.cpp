// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <fstream>

#include "census.hpp"
#include "lives.hpp"

using namespace troupe;
using namespace lives;

namespace {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
constexpr int count = 300;
constexpr std::size_t kept_bytes_max = std::size_t{1} << 20;  // a sanitizer keeps what is freed
#else
constexpr int count = 10'000;
constexpr std::size_t kept_bytes_max = 4096;
#endif

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

/// Starts `count`, several at a time.
task<int> start_and_end(actor_system& system, start_method how, int count) {
  int good = 0;
  for (int i = 0; i < count; ++i) {
    auto starting = system.start_process<&returning>({.method = how}, 3);
    process child = co_await std::move(starting);
    exit_reason why = co_await child.wait();
    good += why.code == 3;
  }
  co_return good;
}

}  // namespace

TEST_CASE("soak: ten thousand starts leave no zombie, no descriptor, and little memory") {
  deadline limit("ten thousand starts", std::chrono::seconds{280});
  no_leftovers clean;
  actor_system system({.workers = 2});
  CHECK(system.run(start_and_end(system, start_method::forkserver, 100)) == 100);
  const std::size_t before = resident_bytes();
  const std::size_t descriptors = census::descriptors();
  CHECK(system.run(start_and_end(system, start_method::forkserver, count)) == count);
  CHECK(census::descriptors() <= descriptors + 4);
  CHECK(census::children()['Z'] == 0);
  const std::size_t grown = resident_bytes() - std::min(before, resident_bytes());
  MESSAGE("bytes kept for each: ", grown / count);
  CHECK(grown / count < kept_bytes_max);
}
