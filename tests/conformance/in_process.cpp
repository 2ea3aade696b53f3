// SPDX-License-Identifier: BSD-3-Clause
#include "places.hpp"

namespace troupe::conformance {
namespace {

/// Everything in this process, on two threads.
class in_process final : public place {
 public:
  std::string_view name() const override { return "one process"; }
  actor_system& system() override { return system_; }

 private:
  actor_system system_{{.workers = 2}};
};

}  // namespace

std::unique_ptr<place> make_in_process() { return std::make_unique<in_process>(); }

}  // namespace troupe::conformance
