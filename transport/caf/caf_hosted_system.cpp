// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/caf_hosted_system.hpp>

#include <caf/actor_system.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <utility>
#include <vector>

namespace troupe {
namespace {

/// A lane as a job of CAF's. CAF's queue may hold it for longer than our system lives.
class lane_job final : public caf::resumable, public caf::ref_counted {
 public:
  explicit lane_job(std::shared_ptr<detail::lane> what) : what_(std::move(what)) {}

  resume_result resume(caf::execution_unit*, std::size_t) override {
    return what_->run() ? resume_later : done;
  }
  void intrusive_ptr_add_ref_impl() override { ref(); }
  void intrusive_ptr_release_impl() override { deref(); }

 private:
  const std::shared_ptr<detail::lane> what_;
};

class caf_host final : public detail::host {
 public:
  explicit caf_host(caf::actor_system& theirs) : pool_(theirs.scheduler()) {}

  unsigned threads() const noexcept override { return static_cast<unsigned>(pool_.num_workers()); }
  void take(std::vector<std::shared_ptr<detail::lane>> lanes) override {
    for (auto& each : lanes) jobs_.emplace_back(new lane_job(std::move(each)), false);
  }
  void run_soon(unsigned index) noexcept override {
    lane_job* job = jobs_[index].get();
    job->intrusive_ptr_add_ref_impl();  // the queue's, which the worker gives back once it is done
    pool_.enqueue(job);
  }

 private:
  caf::scheduler::abstract_coordinator& pool_;
  std::vector<caf::intrusive_ptr<lane_job>> jobs_;
};

}  // namespace

caf_hosted_system::caf_hosted_system(caf::actor_system& theirs, system_options options)
    : hosted_system(std::move(options), std::make_unique<caf_host>(theirs)) {}

}  // namespace troupe
