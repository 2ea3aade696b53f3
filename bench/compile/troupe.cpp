// SPDX-License-Identifier: BSD-3-Clause
// Troupe for `compile`: an actor with ten handlers, made, told and asked. What is measured is how
// long this file takes to compile; that it runs shows that it does what CAF's does.

#include <troupe/actor_system.hpp>

namespace {

struct deposit {
  long cents;
};
struct withdraw {
  long cents;
};
struct interest {
  double percent;
};
struct retitle {
  std::string owner;
};
struct note {
  std::string text;
};
struct balance {
  using reply = long;
};
struct owner {
  using reply = std::string;
};
struct notes {
  using reply = std::vector<std::string>;
};
struct can_pay {
  using reply = bool;
  long cents;
};
struct changes {
  using reply = int;
};

class account : public troupe::actor<deposit, withdraw, interest, retitle, note, balance, owner,
                                     notes, can_pay, changes> {
 public:
  void on(deposit m) { change(m.cents); }
  void on(withdraw m) { change(-m.cents); }
  void on(interest m) { change(static_cast<long>(static_cast<double>(cents_) * m.percent / 100)); }
  void on(retitle m) { owner_ = std::move(m.owner); }
  void on(note m) { notes_.push_back(std::move(m.text)); }
  long on(balance) const { return cents_; }
  std::string on(owner) const { return owner_; }
  std::vector<std::string> on(notes) const { return notes_; }
  bool on(can_pay m) const { return m.cents <= cents_; }
  int on(changes) const { return changes_; }

 private:
  void change(long cents) {
    cents_ += cents;
    ++changes_;
  }

  long cents_ = 0;
  int changes_ = 0;
  std::string owner_;
  std::vector<std::string> notes_;
};

}  // namespace

int main() {
  troupe::actor_system system({.workers = 1});
  auto one = system.spawn<account>();
  one.tell(deposit{1000});
  one.tell(withdraw{200});
  one.tell(interest{1.5});
  one.tell(retitle{"Ada"});
  one.tell(note{"opened"});
  const bool good = one.ask(balance{}).get() == 812 && one.ask(owner{}).get() == "Ada" &&
                    one.ask(notes{}).get().size() == 1 && one.ask(can_pay{800}).get() &&
                    one.ask(changes{}).get() == 3;
  return good ? 0 : 1;
}
