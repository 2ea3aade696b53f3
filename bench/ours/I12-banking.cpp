// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-banking: a teller gives out transfers between a thousand accounts. The account
// that pays asks the other to take the money, and handles nothing else until that is confirmed.

#include <bench/program.hpp>
#include <bench/random.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct deposit {
  using reply = void;
  std::int64_t amount;
};
struct paid {};
struct pay {
  std::int64_t amount;
  troupe::actor_ref<deposit> to;
  troupe::actor_ref<paid> teller;
};
struct balance {
  using reply = std::int64_t;
};

class account : public troupe::actor<pay, deposit, balance> {
 public:
  troupe::task<void> on(pay p) {
    balance_ -= p.amount;
    co_await p.to.ask(deposit{p.amount});
    p.teller.tell(paid{});
  }
  void on(deposit d) { balance_ += d.amount; }
  std::int64_t on(balance) const { return balance_; }

 private:
  std::int64_t balance_ = 0;
};
using account_ref = troupe::actor_ref<pay, deposit, balance>;

struct transfer {
  using reply = std::int64_t;  // for each transfer its amount times the distance of the accounts
  std::uint64_t times;
};

class teller : public troupe::actor<transfer, paid> {
 public:
  explicit teller(std::vector<account_ref> accounts) : accounts_(std::move(accounts)) {}
  troupe::promise<std::int64_t> on(transfer order) {
    over_ = make_promise<std::int64_t>();
    left_ = order.times;
    bench::random random(123);
    const std::uint64_t all = accounts_.size();
    for (std::uint64_t i = 0; i < order.times; ++i) {
      // The money goes to the right, so that no two wait for each other.
      const std::uint64_t from = random.below(all / 10 * 8);
      const std::uint64_t to = from + 1 + random.below(all - from - 1);
      const auto amount = static_cast<std::int64_t>(random.below(1000));
      expected_ += amount * static_cast<std::int64_t>(to - from);
      accounts_[from].tell(pay{amount, accounts_[to], self()});
    }
    return over_;
  }
  void on(paid) {
    if (--left_ == 0) over_.set_value(expected_);
  }

 private:
  std::vector<account_ref> accounts_;
  std::uint64_t left_ = 0;
  std::int64_t expected_ = 0;
  troupe::promise<std::int64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 50'000, {}, 1000);
  troupe::actor_system system({.workers = options.workers});
  std::vector<account_ref> accounts;
  for (std::uint64_t i = 0; i < options.size; ++i) accounts.push_back(system.spawn<account>());
  auto desk = system.spawn<teller>(accounts);
  auto start = bench::clock::now();
  const std::int64_t expected = desk.ask(transfer{options.count}).get();
  double seconds = bench::seconds_since(start);
  std::int64_t sum = 0, weighted = 0;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const std::int64_t has = accounts[i].ask(balance{}).get();
    sum += has;
    weighted += has * static_cast<std::int64_t>(i);
  }
  return bench::report(options.count, seconds, sum == 0 && weighted == expected);
}
