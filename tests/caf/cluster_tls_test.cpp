// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <string>

#include "certificates.hpp"
#include "eventually.hpp"
#include "raw_caller.hpp"
#include "two_nodes.hpp"

using namespace troupe;
using namespace std::chrono_literals;
using namespace node_test;

namespace {

/// Certificates are made once for all tests.
const certificates& made() {
  static const certificates all;
  return all;
}

cluster_options with(std::optional<cluster_tls> tls) {
  return {.tls = std::move(tls), .handshake_timeout = 10s};
}

bool is_refused(std::uint16_t port, const cluster_options& options) {
  cluster_system caller("caller", options);
  try {
    caller.join(port);
    return false;
  } catch (const cluster_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("cluster: with TLS nodes meet, and may spawn on each other") {
  two_nodes p("tls", with(made().tls("by_ours")));
  const auto tally_there = p.there.system.run(p.to_here.spawn<tally>(5L));
  for (long i = 0; i < 1000; ++i) tally_there.tell(add{1});
  CHECK(tally_there.ask(total{}).get() == 1005);
  CHECK(tally_there.ask(block{std::vector<std::byte>(3 << 20)}).get() == 3 << 20);
}

TEST_CASE("cluster: whose certificate is not good is refused, and nobody else notices") {
  two_nodes p("refused by tls", with(made().tls("by_ours")));
  const auto tally_there = p.there.system.run(p.to_here.spawn<tally>(5L));
  CHECK(is_refused(p.port, with(made().tls("by_foreign", "foreign"))));  // neither trusts the other
  CHECK(is_refused(p.port, with(made().tls("by_foreign"))));             // it trusts us
  CHECK(is_refused(p.port, with(made().tls("expired"))));
  cluster_options plain = with({});
  plain.handshake_timeout = 300ms;  // CAF waits for more of what it takes for a greeting
  CHECK(is_refused(p.port, plain));
  raw_caller garbage(p.port);
  garbage.say(std::string(300, 'x'));
  garbage.rest();
  CHECK(tally_there.ask(total{}).get() == 5);
  CHECK(p.to_here.is_connected());
  eventually([&] { return p.here.node.refused() >= 4; });
}

TEST_CASE("cluster: a caller who speaks something else harms nobody") {
  two_nodes p("garbage");
  auto mine = p.here.system.spawn<tally>(7L);
  REQUIRE(p.here.system.register_name("tally", mine).has_value());
  const auto found = p.there.system.run(p.to_here.find<total>("tally"));
  const raw_caller garbage(p.port);
  garbage.say(std::string(300, '\xff'));
  garbage.rest();  // it closes
  const raw_caller huge(p.port);
  huge.say(caf_head(1, 64u << 20));  // it waits for the rest
  CHECK(found.ask(total{}).get() == 7);
}
