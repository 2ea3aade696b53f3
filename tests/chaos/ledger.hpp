// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/process.hpp>
#include <vector>

namespace chaos {

/// One life of one process, as its parent has seen it.
struct life {
  std::uint32_t number = 0;
  std::uint64_t sent = 0;      ///< items that were accepted for it
  std::uint64_t asked = 0;     ///< questions that left
  std::uint64_t answered = 0;  ///< and how they ended
  std::uint64_t failed = 0;
  std::uint64_t downs = 0;  ///< of its actor; must be one
  bool calm_end = false;    ///< lived until calm, and was asked what it has got
  std::uint64_t received = 0;
};

/// What is known in common. The processes are started by one actor each and struck by another.
class ledger {
 public:
  explicit ledger(std::size_t processes) : homes_(processes), targets_(processes) {}

  void set_home(std::size_t place, std::optional<troupe::process> home) {
    const std::scoped_lock hold{mutex_};
    homes_[place] = std::move(home);
  }
  std::optional<troupe::process> home(std::size_t place) {
    const std::scoped_lock hold{mutex_};
    return homes_[place];
  }
  template <class Ref>
  void set_target(std::size_t place, const Ref& target) {
    const std::scoped_lock hold{mutex_};
    targets_[place] = target;
  }
  /// Of the next process: whom that in `place` talks to.
  troupe::actor_ref<> neighbour(std::size_t place) {
    const std::scoped_lock hold{mutex_};
    return targets_[(place + 1) % targets_.size()];
  }

  void close(const life& l) {
    const std::scoped_lock hold{mutex_};
    lives_.push_back(l);
  }
  std::vector<life> lives() {
    const std::scoped_lock hold{mutex_};
    return lives_;
  }
  void complain(std::string what) {
    const std::scoped_lock hold{mutex_};
    complaints_.push_back(std::move(what));
  }
  std::vector<std::string> complaints() {
    const std::scoped_lock hold{mutex_};
    return complaints_;
  }

  std::atomic<bool> calm{false};
  std::atomic<std::uint64_t> strikes[4]{};  ///< by kind
  std::atomic<std::uint64_t> items{0};
  std::atomic<unsigned> settled{0};  ///< places whose last process has ended in calm

 private:
  std::mutex mutex_;
  std::vector<std::optional<troupe::process>> homes_;
  std::vector<troupe::actor_ref<>> targets_;
  std::vector<life> lives_;
  std::vector<std::string> complaints_;
};

}  // namespace chaos
