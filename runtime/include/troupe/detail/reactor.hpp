// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
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

/// A descriptor that the reactor watches by itself, level-triggered, so that nothing has to be said again
/// after each event: a link's pipe. Lives as long as the reactor, watched or not.
struct watched_fd {
  int fd = -1;
  void (*ready)(void* owner) noexcept = nullptr;  ///< \thread the holder of the reactor
  void* owner = nullptr;
};

/// One Asio io_context, and beside it the pipes. At most one worker is inside at a time; the worker that has nothing else to
/// do sleeps here, so that a message from a pipe is handled on the thread that read it.
class reactor {
 public:
  reactor();
  ~reactor();

  boost::asio::io_context& context() noexcept { return *context_; }

  /// Becomes the one worker inside. \return false: another one is
  bool try_enter() noexcept;
  void leave() noexcept;
  bool is_held() const noexcept;  ///< \thread any

  // While inside:
  /// Runs what is ready. \return how much   \cost one system call if anything is registered
  unsigned poll() noexcept;
  /// Tries the pollables only: one read each, no wait.
  bool poll_quickly() noexcept;
  /// Sleeps until something is ready, `nanoseconds` have passed or interrupt(); runs what is ready.
  void sleep(std::int64_t nanoseconds) noexcept;

  /// Ends the sleep of the worker inside. \thread any
  void interrupt() noexcept;

  /// From now on `w.ready` is called whenever there is something to read. \throws std::system_error
  void watch_input(watched_fd& w);
  /// `w.ready` is called once, as soon as something can be written. \thread any
  void wait_for_room(watched_fd& w) noexcept;
  /// Before it is closed. \thread any
  void unwatch(watched_fd& w) noexcept;
  /// Asio has been given something to do without being asked to look: it does before the next sleep.
  void look_soon() noexcept;

  /// \thread the holder of the reactor (a completion handler is)
  void add(pollable& p);
  void remove(pollable& p) noexcept;
  bool has_pollables() const noexcept;  ///< \thread any
  /// True if there is anything to poll for. \thread any
  bool is_used() const noexcept;
  /// Whoever wants something of the reactor says so, before it does; the first one has a worker sleep
  /// here instead of elsewhere.
  void use() noexcept;
  void unuse() noexcept;
  /// Runs `work` inside. \thread any
  void run_soon(std::function<void()> work);
  /// What use() calls when it is the first. Set before the workers start.
  void on_first_use(std::function<void()> wake);

 private:
  struct parts;
  unsigned dispatch(std::int64_t limit) noexcept;
  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::detail
