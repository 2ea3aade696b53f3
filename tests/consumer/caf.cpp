// SPDX-License-Identifier: BSD-3-Clause
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <iostream>
#include <troupe/caf.hpp>
#include <troupe/caf_version.hpp>

struct twice {
  using reply = int;
  int number;
};
class doubler : public troupe::actor<twice> {
 public:
  int on(twice m) const { return 2 * m.number; }
};

int main() {
  std::cout << "with CAF " << troupe::caf_version() << '\n';
  if (troupe::caf_version().empty()) return 1;
  caf::actor_system_config config;
  caf::actor_system theirs{config};
  troupe::actor_system ours;
  const caf::actor door = troupe::as_caf(theirs, ours.spawn<doubler>());
  int got = 0;
  caf::scoped_actor self{theirs};
  self->request(door, caf::infinite, troupe::caf_message(twice{.number = 21}))
      .receive([&](int number) { got = number; }, [](const caf::error&) {});
  return got == 42 ? 0 : 1;
}
