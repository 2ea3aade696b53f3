// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "places.hpp"

namespace troupe::conformance {

std::vector<std::function<std::unique_ptr<place>()>> places() {
  const char* wanted = std::getenv("TROUPE_PLACE");
  if (!wanted) return {make_in_process, make_processes, make_served_processes};
#ifdef TROUPE_WITH_CAF
  if (std::string(wanted) == "nodes") return {make_nodes, make_served_nodes};
#endif
  throw std::invalid_argument("TROUPE_PLACE: there is no place '" + std::string(wanted) + "'");
}

std::shared_ptr<home> place::start_home() { throw std::logic_error("there is one process only"); }
std::shared_ptr<home> place::home_of_coordinators() { return start_home(); }

event place::spawn_event() { return make<event>(); }
barrier place::spawn_barrier(int parties, limit timeout) {
  return make<&barrier_of>(parties, timeout);
}
party_ref place::spawn_party() { return spawn_apart<party>(); }
void place::spawn_passer(event go, barrier gate, ledger_ref book) {
  spawn_apart<&passer>(go, gate, book);
}

void place::kill_process_of(const actor_ref<>& whom) {
  for (auto& [actor, there] : homes_) {
    if (actor.where().home == whom.where().home) return there->kill();
  }
  FAIL("nobody in that process is known");
}

exit_reason place::end_other(const actor_ref<>& whom, death how) {
  return watch(whom, [&] {
    switch (how) {
      case death::kill: whom.kill(); break;
      case death::stop: whom.stop(); break;
      case death::exception: break;
      case death::process: kill_process_of(whom); break;
    }
  });
}

exit_reason place::watch(const actor_ref<>& whom, const std::function<void()>& strike) {
  std::promise<void> watching;
  auto ended = std::make_shared<std::promise<exit_reason>>();
  auto reason = ended->get_future();
  system().spawn([&watching, ended, whom](mailbox<> mail) -> behavior {
    mail.monitor(whom);
    watching.set_value();
    const auto news = co_await mail.receive<down>();
    ended->set_value(news.reason);
  });
  watching.get_future().wait();  // it must not be gone before it is watched
  strike();
  REQUIRE(reason.wait_for(far_too_long) == std::future_status::ready);
  return reason.get();
}

std::vector<death> ends_of_coordinators(const place& here) {
  if (here.coordinators_apart()) return {death::kill, death::stop, death::process};
  return {death::kill, death::stop};
}

exit_reason reason_of(const place& here, death how) {
  using cause = exit_reason::cause;
  if (how == death::kill) return {cause::killed, 0, 0, {}};
  if (how != death::process) return {};
  if (!here.tells_signals()) return {cause::connection_lost, 0, 0, {}};
  return {cause::process_ended, 0, SIGKILL, {}};
}
exit_reason late_reason_of(const place& here, death how) {
  if (how == death::process) return reason_of(here, how);
  return {exit_reason::cause::never_existed, 0, 0, {}};
}
bool alike(const exit_reason& a, const exit_reason& b) {
  return a == b || (a.what == b.what && a.what == exit_reason::cause::connection_lost);
}

void says_gone(const failure& f, const exit_reason& why) {
  INFO(f.text);
  CHECK(f.code == errc::actor_down);
  CHECK(alike(f.reason, why));
  CHECK(f.text == "the actor is gone: " + to_string(f.reason));
}

void says_gone_late(const failure& f, const place& here, death how) {
  const exit_reason why = reason_of(here, how);
  says_gone(f, alike(f.reason, why) ? why : late_reason_of(here, how));
}

}  // namespace troupe::conformance
