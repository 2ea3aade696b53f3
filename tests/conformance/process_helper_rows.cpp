// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "../transport/crew.hpp"
#include "../transport/lives.hpp"
#include "eventually.hpp"
#include "methods.hpp"

namespace process_helper_rows {

// The helper that starts processes: PR29, PR30, RT02 to RT04 as far as they mean it.

using namespace troupe;
using namespace lives;

namespace {

constexpr auto by_helper = start_method::forkserver;

struct pids {
  using reply = std::vector<std::int64_t>;
};

crew::tally_ref hired(stage& s) { return s.hire<crew::tally>({.method = by_helper}).second; }

}  // namespace

TEST_CASE("PR29 RT02 RT03 process: the helper that starts processes ignores SIGINT and SIGTERM") {
  stage s("PR29");
  auto running = hired(s);
  const pid_t helper = census::child_named("troupe-template");
  REQUIRE(helper > 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    ::kill(helper, signal);
    auto next = hired(s);
    CHECK(next.ask(crew::total{}).get() == 0);
    CHECK(running.ask(crew::total{}).get() == 0);
    CHECK(census::child_named("troupe-template") == helper);
  }
}

TEST_CASE("PR30 RT04 process: the helper killed outright is started again, children unharmed") {
  stage s("PR30");
  for (const int signal : {SIGKILL, SIGSEGV, SIGABRT}) {
    auto running = hired(s);
    const pid_t helper = census::child_named("troupe-template");
    REQUIRE(helper > 0);
    ::kill(helper, signal);
    for (int i = 0; i < 3; ++i) CHECK(hired(s).ask(crew::total{}).get() == 0);
    CHECK(running.ask(crew::total{}).get() == 0);
    CHECK(census::child_named("troupe-template") != helper);
  }
}

TEST_CASE("process: the helper killed at any moment of a start loses no child and no start") {
  stage s("helper killed");
  std::atomic<bool> over{false};
  std::thread killer([&] {
    while (!over) {
      if (const pid_t helper = census::child_named("troupe-template")) ::kill(helper, SIGKILL);
      std::this_thread::sleep_for(1ms);
    }
  });
  int started = 0, refused = 0;
  for (int i = 0; i < 100; ++i) {
    try {
      process child = begun<&returning>(s.system, {.method = by_helper}, 7);
      CHECK(end_of(s.system, child).code == 7);
      ++started;
    } catch (const actor_down& error) {  // two helpers in a row died over it
      CHECK(std::string(error.what()).find("template process") != std::string::npos);
      ++refused;
    }
  }
  over = true;
  killer.join();
  CHECK(started > 0);
  CHECK(started + refused == 100);
}

}  // namespace process_helper_rows
