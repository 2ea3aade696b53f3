// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/caf_hosted_system.hpp>

#include <caf/intrusive_ptr.hpp>
#include <utility>
#include <vector>

#include "caf_compat.hpp"

namespace troupe {
namespace {

/// A lane as a job of CAF's. CAF's queue may hold it for longer than our system lives.
class lane_job final : public detail::pool_job {
 public:
  explicit lane_job(std::shared_ptr<detail::lane> what) : what_(std::move(what)) {}
  bool run() override { return what_->run(); }

 private:
  const std::shared_ptr<detail::lane> what_;
};

class caf_host final : public detail::host {
 public:
  explicit caf_host(caf::actor_system& theirs)
      : pool_(theirs.scheduler()),
        threads_(static_cast<unsigned>(detail::threads_of_pool(theirs))) {}

  unsigned threads() const noexcept override { return threads_; }
  void take(std::vector<std::shared_ptr<detail::lane>> lanes) override {
    for (auto& each : lanes) jobs_.emplace_back(new lane_job(std::move(each)), false);
  }
  void run_soon(unsigned index) noexcept override {
    lane_job* job = jobs_[index].get();
    job->ref();  // the queue's, which the worker gives back once it is done
    detail::enqueue(pool_, *job);
  }

 private:
  detail::caf_pool& pool_;
  const unsigned threads_;
  std::vector<caf::intrusive_ptr<lane_job>> jobs_;
};

}  // namespace

caf_hosted_system::caf_hosted_system(caf::actor_system& theirs, system_options options)
    : hosted_system(std::move(options), std::make_unique<caf_host>(theirs)) {}

}  // namespace troupe
