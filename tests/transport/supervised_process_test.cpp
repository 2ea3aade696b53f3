// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <troupe/supervised_process.hpp>

#include "crew.hpp"
#include "eventually.hpp"
#include "lives.hpp"

namespace supervised_process_test {

using namespace troupe;
using namespace lives;
using crew::add;
using crew::die;
using crew::tally_ref;
using crew::total;
using crew::whoami;

namespace {

/// The answer, once there is one: what a dead process had taken is lost.
template <class Ref, class M>
auto asked_again(const Ref& whom, M message) {
  std::optional<reply_of<M>> got;
  eventually([&] {
    try {
      got = whom.ask(message).get();
    } catch (const actor_down&) {
    }
    return got.has_value();
  });
  return *got;
}

}  // namespace

TEST_CASE("supervised process: one that dies is started again, under the same ref and name") {
  for (const start_method how : all_methods) {
    stage s("started again");
    auto top = s.system.spawn<supervisor>(
        supervisor_options{.restarts_max = 10, .within = 60s},
        process_child<crew::tally>("teller", {.method = how}, 100L).named());
    const auto held = s.system.find<add, total, whoami, die>("teller").value();
    CHECK(held.ask(total{}).get() == 100);
    held.tell(add{5});
    CHECK(held.ask(total{}).get() == 105);
    for (const auto end : {die::way::exit_3, die::way::segfault, die::way::killed}) {
      const std::int64_t before = held.ask(whoami{}).get();
      held.tell(die{end});
      CHECK(asked_again(held, total{}) == 100);
      CHECK(held.ask(whoami{}).get() != before);
      const auto found = s.system.find<add, total>("teller").value();
      CHECK(found.ask(total{}).get() == 100);
    }
    CHECK(top.ask(which_children{}).get().at(0).restarts == 3);
    CHECK(s.system.children().size() == 1);
    CHECK(s.system.children()[0].name() == "teller");
  }
}

TEST_CASE("supervised process: it ends with its supervisor") {
  stage s("ends with its supervisor");
  auto top = s.system.spawn<supervisor>(supervisor_options{},
                                        process_child<crew::tally>("teller", {}, 0L).named());
  CHECK(s.system.find<total>("teller").value().ask(total{}).get() == 0);
  const process child = s.system.children().at(0);
  top.stop();
  CHECK(end_of(s.system, child).code == 0);
}

TEST_CASE("supervised process: an actor that fails in a living process takes it along") {
  stage s("fails in a living process");
  s.system.spawn<supervisor>(supervisor_options{.restarts_max = 1},
                             process_child<crew::tally>("teller", {}, 7L).named());
  const auto held = s.system.find<add, total, crew::throw_up>("teller").value();
  CHECK(held.ask(total{}).get() == 7);
  const process first = s.system.children().at(0);
  CHECK_THROWS_AS(held.ask(crew::throw_up{}).get(), handler_error);
  CHECK(asked_again(held, total{}) == 7);
  CHECK(end_of(s.system, first).code == 0);
}

TEST_CASE("supervised process: one that cannot be started again is given up") {
  stage s("given up");
  auto top = s.system.spawn<supervisor>(
      supervisor_options{.restarts_max = 2},
      process_child<crew::tally>("teller", {.program = "/nonexistent/program"}, 7L));
  const exit_reason why = s.system.run([](actor_ref<> whom) -> task<exit_reason> {
    exit_reason why = co_await ended(whom);
    co_return why;
  }(top));
  CHECK(to_string(why).find("/nonexistent/program") != std::string::npos);
}

}  // namespace supervised_process_test
