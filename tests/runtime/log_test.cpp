// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/bounds.hpp>

#include "captured.hpp"

namespace log_test {

using namespace troupe;

namespace {

struct number {
  int n = 0;
};
/// With a mailbox for one, which nobody empties.
behavior deaf(mailbox<number>, std::shared_ptr<int>) { co_await sleep_for(std::chrono::hours{1}); }

/// What is said of lines of all levels, and of a message that finds a mailbox full.
std::string said_at(log_level least) {
  captured_stderr captured;
  {
    actor_system system({.name = "talker", .workers = 1});
    system.set_log_level(least);
    log(system, log_level::debug, "debug");
    log(system, log_level::info, "info");
    log(system, log_level::warning, "warning");
    log(system, log_level::error, "error");
    log(system, log_level::silent, "never");
    const auto full =
        system.spawn<&deaf>(spawn_options{.bounds = mailbox_bounds{.messages = 1}}, nullptr);
    for (int i = 0; i < 3; ++i) full.tell(number{i});
    full.kill();
  }
  return captured.text();
}

}  // namespace

TEST_CASE("log: what is below the level of the system is not said, by program or runtime") {
  const std::string lines = "talker: warning\ntalker: error\n";
  CHECK(said_at(log_level::debug).starts_with("talker: debug\ntalker: info\n" + lines));
  const std::string warned = said_at(log_level::warning);
  CHECK(warned.starts_with(lines + "troupe: the mailbox of "));
  CHECK(said_at(log_level::error) == "talker: error\n");
  CHECK(said_at(log_level::silent).empty());
  CHECK(actor_system({.workers = 1}).least_log_level() == log_level::warning);
}

}  // namespace log_test
