// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <troupe/actor_system.hpp>
#include <vector>

/// A system for a program whose threads belong to another framework.
namespace troupe::detail {

/// A share of the work of one system: what one thread of the host does at a time.
class lane {
 public:
  /// Runs actors for a while, or returns at once if there is nothing to do (any more: the system may have
  /// ended). \return true: call again, when others have had their turn; false: not before it is asked for
  /// \thread any
  virtual bool run() noexcept = 0;

 protected:
  ~lane() = default;
};

/// Whose threads they are. Outlives the system; need not forget the lanes it was given before it ends.
class host {
 public:
  virtual ~host() = default;
  virtual unsigned threads() const noexcept = 0;  ///< that may run lanes at the same time
  /// Called once, before anything else.
  virtual void take(std::vector<std::shared_ptr<lane>> lanes) = 0;
  /// Has lane `index` run soon, by one of its threads, never by the caller. Not asked for again before that
  /// run has said false, or is just about to: two threads may then be inside of run() for a moment.
  /// \thread any
  virtual void run_soon(unsigned index) noexcept = 0;
};

/// Its actors run on the threads of `with`, in as many lanes as the options have workers, else as it has
/// threads. Makes one thread of its own, which sleeps until a timer is due or something can be read or
/// written, and looks for lanes that are stuck. Threads of the host must not wait for the system, or end it.
class hosted_system : public actor_system {
 public:
  hosted_system(system_options options, std::unique_ptr<host> with);
};

}  // namespace troupe::detail
