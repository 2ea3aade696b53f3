// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/process.hpp>

#include "../transport/census.hpp"
#include "places.hpp"

namespace troupe::conformance {
namespace {

struct make_event {
  using reply = event;
};
struct make_barrier {
  using reply = barrier;
  int parties = 0;
  limit timeout = {};
};

/// Makes coordinators in the process that it lives in.
class server : public actor<make_event, make_barrier> {
 public:
  event on(make_event) const { return event::spawn(system()); }
  barrier on(make_barrier m) const {
    return barrier::spawn(system(), {.parties = m.parties, .timeout = m.timeout});
  }
};
using server_ref = actor_ref<make_event, make_barrier>;

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

/// Each party in a process of its own, at the other end of a pipe; the coordinators in the body's
/// process, or, where `served`, in one more.
class processes final : public place {
 public:
  explicit processes(bool served) : served_(served) {}
  ~processes() override { CHECK(system_.shutdown()); }

  std::string_view name() const override {
    return served_ ? "processes, coordinators in one of their own" : "processes";
  }
  actor_system& system() override { return system_; }
  event spawn_event() override {
    return served_ ? serving().ask(make_event{}).get() : event::spawn(system_);
  }
  barrier spawn_barrier(int parties, limit timeout) override {
    if (served_) return serving().ask(make_barrier{parties, timeout}).get();
    return barrier::spawn(system_, {.parties = parties, .timeout = timeout});
  }
  party_ref spawn_party() override { return spawn<party_ref>(start().spawn<party>()); }
  void spawn_passer(event go, barrier gate, ledger_ref book) override {
    system_.run(start().spawn<&passer>(go, gate, book));
  }

  bool parties_apart() const override { return true; }
  bool coordinators_apart() const override { return served_; }
  void kill_process_of(const actor_ref<>& whom) override {
    for (auto& [actor, child] : homes_) {
      if (actor.where().home == whom.where().home) return child.kill();
    }
    FAIL("nobody in that process is known");
  }

 private:
  process& start() { return latest_.emplace(system_.run(system_.start_process({}))); }

  /// What is being made in the process that was started last.
  template <class Ref>
  Ref spawn(task<Ref> making) {
    const Ref made = system_.run(std::move(making));
    homes_.emplace_back(made, *latest_);
    return made;
  }

  /// The server; a new one, if its process has been killed.
  const server_ref& serving() {
    if (server_process_ && server_process_->is_alive()) return server_;
    server_ = spawn<server_ref>(start().spawn<server>());
    server_process_ = latest_;
    return server_;
  }

  const no_leftovers clean_{};
  const bool served_;
  actor_system system_{{.workers = 2, .shutdown_timeout = std::chrono::seconds{20}}};
  std::optional<process> latest_;
  std::vector<std::pair<actor_ref<>, process>> homes_;
  std::optional<process> server_process_;
  server_ref server_;
};

}  // namespace

std::unique_ptr<place> make_processes() { return std::make_unique<processes>(false); }
std::unique_ptr<place> make_served_processes() { return std::make_unique<processes>(true); }

}  // namespace troupe::conformance
