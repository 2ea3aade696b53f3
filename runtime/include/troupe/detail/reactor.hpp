// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace troupe::detail {

/// Something that can look for input without sleeping: a link tries a read.
class pollable {
 public:
  /// \return true if there was something. \thread the holder of the reactor
  virtual bool poll() noexcept = 0;

 protected:
  ~pollable() = default;
};

/// One Asio io_context. At most one worker is inside at a time; the worker that has nothing else to
/// do sleeps here, so that a message from a pipe is handled on the thread that read it.
class reactor {
 public:
  reactor();
  ~reactor();

  boost::asio::io_context& context() noexcept { return *context_; }

  /// Becomes the one worker inside. \return false: another one is
  bool try_enter() noexcept;
  void leave() noexcept;

  // While inside:
  /// Runs what is ready. \return how much   \cost one system call if anything is registered
  unsigned poll() noexcept;
  /// Tries the pollables only: one read each, no wait.
  bool poll_quickly() noexcept;
  /// Sleeps until something is ready, `nanoseconds` have passed or interrupt(); runs one thing that is ready.
  void sleep(std::int64_t nanoseconds) noexcept;

  /// Ends the sleep of the worker inside. \thread any
  void interrupt() noexcept;

  /// \thread the holder of the reactor (a completion handler is)
  void add(pollable& p);
  void remove(pollable& p) noexcept;
  bool has_pollables() const noexcept;  ///< \thread any
  /// True if there is anything to poll for. \thread any
  bool is_used() const noexcept;
  void use() noexcept;
  void unuse() noexcept;

 private:
  struct parts;
  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::detail
