// SPDX-License-Identifier: BSD-3-Clause
// CAF for I12-banking: a teller gives out transfers between a thousand accounts. The account that
// pays asks the other to take the money, and handles nothing else until that is confirmed.

#include <bench/random.hpp>

#include "system.hpp"

namespace {

using pay_atom = caf::atom_constant<caf::atom("pay")>;
using paid_atom = caf::atom_constant<caf::atom("paid")>;
using deposit_atom = caf::atom_constant<caf::atom("deposit")>;
using balance_atom = caf::atom_constant<caf::atom("balance")>;

struct account_state {
  std::int64_t balance = 0;
};

caf::behavior account(caf::stateful_actor<account_state>* self) {
  return {
      [=](pay_atom, std::int64_t amount, const caf::actor& to, const caf::actor& teller) {
        self->state.balance -= amount;
        self->request(to, caf::infinite, deposit_atom::value, amount).await([=] {
          self->send(teller, paid_atom::value);
        });
      },
      [=](deposit_atom, std::int64_t amount) { self->state.balance += amount; },
      [=](balance_atom) {
        self->quit();
        return self->state.balance;
      },
  };
}

struct teller_state {
  std::uint64_t left = 0;
  std::int64_t expected = 0;
};

caf::behavior teller(caf::stateful_actor<teller_state>* self, const peer::refs& accounts,
                     const caf::actor& referee) {
  return {
      [=](peer::start_atom, std::uint64_t times) {
        auto& state = self->state;
        state.left = times;
        bench::random random(123);
        const std::uint64_t all = accounts.size();
        auto me = caf::actor_cast<caf::actor>(self);
        for (std::uint64_t i = 0; i < times; ++i) {
          // The money goes to the right, so that no two wait for each other.
          const std::uint64_t from = random.below(all / 10 * 8);
          const std::uint64_t to = from + 1 + random.below(all - from - 1);
          const auto amount = static_cast<std::int64_t>(random.below(1000));
          state.expected += amount * static_cast<std::int64_t>(to - from);
          self->send(accounts[from], pay_atom::value, amount, accounts[to], me);
        }
      },
      [=](paid_atom) {
        if (--self->state.left > 0) return;
        self->send(referee, peer::done_atom::value, self->state.expected);
        self->quit();
      },
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 50'000, {}, 1000);
  caf::actor_system_config config;
  caf::actor_system system{peer::with_workers(config, options.workers)};
  caf::scoped_actor self{system};
  peer::refs accounts;
  for (std::uint64_t i = 0; i < options.size; ++i) accounts.push_back(system.spawn(account));
  auto desk = system.spawn(teller, accounts, caf::actor_cast<caf::actor>(self));
  auto start = bench::clock::now();
  self->send(desk, peer::start_atom::value, options.count);
  std::int64_t expected = -1;
  self->receive([&](peer::done_atom, std::int64_t e) { expected = e; });
  double seconds = bench::seconds_since(start);
  std::int64_t sum = 0, weighted = 0;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    self->request(accounts[i], caf::infinite, balance_atom::value)
        .receive(
            [&](std::int64_t has) {
              sum += has;
              weighted += has * static_cast<std::int64_t>(i);
            },
            [&](const caf::error&) { sum = 1; });
  }
  return bench::report(options.count, seconds, sum == 0 && weighted == expected);
}
