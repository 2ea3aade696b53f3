// SPDX-License-Identifier: BSD-3-Clause
#include "places.hpp"

namespace troupe::conformance {

std::vector<std::function<std::unique_ptr<place>()>> places() {
  return {make_in_process, make_processes, make_served_processes};
}

void place::kill_process_of(const actor_ref<>&) { FAIL("there is one process only"); }

exit_reason place::end(const actor_ref<>& whom, death how) {
  return watch(whom, [&] {
    switch (how) {
      case death::kill: whom.kill(); break;
      case death::stop: whom.stop(); break;
      case death::exception: FAIL("only a party can be told to throw"); break;
      case death::process: kill_process_of(whom); break;
    }
  });
}

exit_reason place::end(const party_ref& whom, death how) {
  if (how != death::exception) return end(actor_ref<>(whom), how);
  return watch(whom, [&] { whom.tell(fail{}); });
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

}  // namespace troupe::conformance
