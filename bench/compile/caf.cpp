// SPDX-License-Identifier: BSD-3-Clause
// CAF for `compile`: a typed actor with ten handlers, made, told and asked. Only the headers that
// this needs.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace {

using deposit = caf::atom_constant<caf::atom("deposit")>;
using withdraw = caf::atom_constant<caf::atom("withdraw")>;
using interest = caf::atom_constant<caf::atom("interest")>;
using retitle = caf::atom_constant<caf::atom("retitle")>;
using note = caf::atom_constant<caf::atom("note")>;
using balance = caf::atom_constant<caf::atom("balance")>;
using owner = caf::atom_constant<caf::atom("owner")>;
using notes = caf::atom_constant<caf::atom("notes")>;
using can_pay = caf::atom_constant<caf::atom("can_pay")>;
using changes = caf::atom_constant<caf::atom("changes")>;

using account = caf::typed_actor<
    caf::reacts_to<deposit, long>, caf::reacts_to<withdraw, long>, caf::reacts_to<interest, double>,
    caf::reacts_to<retitle, std::string>, caf::reacts_to<note, std::string>,
    caf::replies_to<balance>::with<long>, caf::replies_to<owner>::with<std::string>,
    caf::replies_to<notes>::with<std::vector<std::string>>,
    caf::replies_to<can_pay, long>::with<bool>, caf::replies_to<changes>::with<int>>;

struct account_state {
  void change(long by) {
    cents += by;
    ++changed;
  }

  long cents = 0;
  int changed = 0;
  std::string name;
  std::vector<std::string> texts;
};

account::behavior_type make_account(account::stateful_pointer<account_state> self) {
  return {
      [=](deposit, long cents) { self->state.change(cents); },
      [=](withdraw, long cents) { self->state.change(-cents); },
      [=](interest, double percent) {
        self->state.change(
            static_cast<long>(static_cast<double>(self->state.cents) * percent / 100));
      },
      [=](retitle, std::string& to) { self->state.name = std::move(to); },
      [=](note, std::string& text) { self->state.texts.push_back(std::move(text)); },
      [=](balance) { return self->state.cents; },
      [=](owner) { return self->state.name; },
      [=](notes) { return self->state.texts; },
      [=](can_pay, long cents) { return cents <= self->state.cents; },
      [=](changes) { return self->state.changed; },
  };
}

template <class T, class... Question>
T ask(caf::scoped_actor& self, const account& whom, Question&&... question) {
  T answer{};
  self->request(whom, caf::infinite, std::forward<Question>(question)...)
      .receive([&](T& reply) { answer = std::move(reply); }, [](caf::error&) {});
  return answer;
}

}  // namespace

int main() {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1u);
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto one = system.spawn(make_account);
  self->send(one, deposit::value, 1000l);
  self->send(one, withdraw::value, 200l);
  self->send(one, interest::value, 1.5);
  self->send(one, retitle::value, std::string("Ada"));
  self->send(one, note::value, std::string("opened"));
  const bool good = ask<long>(self, one, balance::value) == 812 &&
                    ask<std::string>(self, one, owner::value) == "Ada" &&
                    ask<std::vector<std::string>>(self, one, notes::value).size() == 1 &&
                    ask<bool>(self, one, can_pay::value, 800l) &&
                    ask<int>(self, one, changes::value) == 3;
  return good ? 0 : 1;
}
