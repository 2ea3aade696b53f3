// SPDX-License-Identifier: BSD-3-Clause
// An actor of CAF's and one of ours in one process: messages, questions and news of the end, both ways.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <iostream>
#include <troupe/caf.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "caf_dialect.hpp"

using namespace troupe;

struct deposit {
  long cents;
};
struct balance {
  using reply = long;
};
struct coins {
  std::vector<long> cents;
};
struct counted {
  using reply = long;
};
CAF_1_TYPES(shop, (deposit)(balance)(coins)(counted))  // CAF 1 asks for a number of each
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(deposit)  // CAF's own send() asks for it; ours asks for nothing

class account : public actor<deposit, balance> {
 public:
  void on(deposit m) { cents_ += m.cents; }
  long on(balance) const { return cents_; }

 private:
  long cents_ = 0;
};

/// To CAF, `bank` is a CAF actor like any other; so is whoever sends coins.
caf::behavior machine(caf::stateful_actor<long>* self, const caf::actor& bank) {
  return {
      [=](const coins& some) {
        for (const long each : some.cents) {
          caf_dialect::state_of(self) += each;
          self->send(bank, deposit{each});
        }
      },
      [=](const counted&) { return caf_dialect::state_of(self); },
  };
}

/// To us, `machine` is an actor like any other, whose end can be waited for.
behavior mourner(mailbox<> mail, actor_ref<> machine, caf::actor its_handle) {
  mail.monitor(machine);
  caf::anon_send_exit(its_handle, caf::exit_reason::kill);
  const down news = co_await mail.receive<down>();
  std::cout << "we learn that the machine is " << to_string(news.reason) << '\n';
}

int main() {
  caf::actor_system_config config;
  caf::actor_system theirs{config};  // first, since it must outlive ours
  actor_system ours;

  const auto bank = ours.spawn<account>();
  const caf::actor door = as_caf(theirs, bank);
  const caf::actor counter = theirs.spawn(&machine, door);
  const auto ref = from_caf<coins, counted>(ours, counter);

  ref.tell(coins{{100, 50, 20}});
  std::cout << "CAF has counted " << ref.ask(counted{}).get() << " cents\n";
  std::cout << "we have " << bank.ask(balance{}).get() << " of them\n";
  caf::scoped_actor self{theirs};
  self->request(door, caf::infinite, balance{})
      .receive([](long cents) { std::cout << "CAF is told so: " << cents << '\n'; },
               [](const caf::error&) { std::cout << "CAF is told nothing\n"; });

  self->monitor(door);
  bank.kill();
  self->receive([](const caf::down_msg& news) {
    std::cout << "CAF learns that the account is "
              << (news.reason == caf::exit_reason::kill ? "killed" : "gone") << '\n';
  });
  ours.run([](actor_ref<> last) -> task<void> {
    co_await ended(last);
  }(ours.spawn<&mourner>(ref, counter)));
}
