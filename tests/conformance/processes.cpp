// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/process.hpp>

#include "../transport/census.hpp"
#include "places.hpp"

namespace troupe::conformance {
namespace {

/// Descriptors and children are as before when the place is gone.
class no_leftovers {
 public:
  ~no_leftovers() {
    CHECK(census::descriptors() == descriptors_);
    CHECK(census::children().empty());
  }

 private:
  const std::size_t descriptors_ = census::descriptors();
};

class child_home final : public home {
 public:
  explicit child_home(process child) : child_(std::move(child)) {}

  bool is_alive() const override { return child_.is_alive(); }
  void kill() override { child_.kill(); }

 private:
  detail::address node_actor() const override { return child_.node_actor(); }

  process child_;
};

/// Each party in a process of its own, at the other end of a pipe; the coordinators in the body's
/// process, or, where `served`, in one more.
class processes final : public place {
 public:
  explicit processes(bool served) : served_(served) {}
  ~processes() override {
    forget_homes();
    CHECK(system_.shutdown());
  }

  std::string_view name() const override {
    return served_ ? "processes, coordinators in one of their own" : "processes";
  }
  actor_system& system() override { return system_; }
  bool parties_apart() const override { return true; }
  bool coordinators_apart() const override { return served_; }

 private:
  std::shared_ptr<home> start_home() override {
    return std::make_shared<child_home>(
        system_.run(system_.start_process({.start_timeout = std::chrono::minutes{1}})));
  }
  std::shared_ptr<home> home_of_coordinators() override {
    if (!server_ || !server_->is_alive()) server_ = start_home();
    return server_;
  }

  const no_leftovers clean_{};
  const bool served_;
  actor_system system_{{.workers = 2, .shutdown_timeout = std::chrono::seconds{20}}};
  std::shared_ptr<home> server_;
};

}  // namespace

std::unique_ptr<place> make_processes() { return std::make_unique<processes>(false); }
std::unique_ptr<place> make_served_processes() { return std::make_unique<processes>(true); }

}  // namespace troupe::conformance
