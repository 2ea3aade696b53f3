// SPDX-License-Identifier: BSD-3-Clause
#include "places.hpp"

namespace troupe::conformance {
namespace {

/// Everything in this process, on two threads.
class in_process final : public place {
 public:
  std::string_view name() const override { return "one process"; }
  actor_system& system() override { return system_; }
  event spawn_event() override { return event::spawn(system_); }
  barrier spawn_barrier(int parties, limit timeout) override {
    return barrier::spawn(system_, {.parties = parties, .timeout = timeout});
  }
  party_ref spawn_party() override { return system_.spawn<party>(); }
  void spawn_passer(event go, barrier gate, ledger_ref book) override {
    system_.spawn<&passer>(go, gate, book);
  }

 private:
  actor_system system_{{.workers = 2}};
};

}  // namespace

std::unique_ptr<place> make_in_process() { return std::make_unique<in_process>(); }

}  // namespace troupe::conformance
