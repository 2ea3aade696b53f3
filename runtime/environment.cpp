// SPDX-License-Identifier: BSD-3-Clause
#include <troupe/detail/environment.hpp>

#include <atomic>
#include <random>
#include <troupe/detail/standstill.hpp>

#include "cell_bank.hpp"
#include "mixed_bits.hpp"
#include "work_stealing.hpp"

/// What systems are given in real life.
namespace troupe {

bool scheduler::wait(std::unique_lock<std::mutex>& hold, std::condition_variable& changed,
                     const std::function<bool()>& over, std::int64_t deadline) {
  return detail::wait_at_rest(hold, changed, over, deadline);
}

namespace detail {
namespace {

class steady_source final : public clock_source {
 public:
  std::chrono::steady_clock::time_point now() const noexcept override {
    return std::chrono::steady_clock::now();
  }
};

/// One true random number, then splitmix64 from there: no lock, no system call.
class machine_source final : public random_source {
 public:
  machine_source() {
    std::random_device device;
    state_.store(std::uint64_t{device()} << 32 | device(), std::memory_order_relaxed);
  }
  std::uint64_t next() noexcept override {
    return mixed_bits(state_.fetch_add(golden_step, std::memory_order_relaxed) + golden_step);
  }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace

environment real_environment() {
  environment e;
  e.clock = std::make_unique<steady_source>();
  e.luck = std::make_unique<machine_source>();
  e.make_scheduler = [](system_core& system) {
    const unsigned wanted = system.options.workers;
    return make_work_stealing(system, wanted ? wanted : usable_processors());
  };
  return e;
}

}  // namespace detail
}  // namespace troupe
