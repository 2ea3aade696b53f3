// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/detail/remote_spawn.hpp>

namespace troupe::conformance {

/// A process other than the body's, in which parties or coordinators live.
class home {
 public:
  virtual ~home() = default;
  virtual bool is_alive() const = 0;
  virtual void kill() = 0;  ///< by signal 9

  template <class A, class... Args>
  auto spawn(Args... args) const {
    return detail::spawn_at<A>(node_actor(), std::move(args)...);
  }
  template <auto Function, class... Args>
  auto spawn(Args... args) const {
    return detail::spawn_at<Function>(node_actor(), std::move(args)...);
  }

 private:
  virtual detail::address node_actor() const = 0;
};

}  // namespace troupe::conformance
