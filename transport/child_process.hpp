// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <troupe/process.hpp>

#include "launch.hpp"
#include "peer.hpp"

namespace troupe::detail {

/// Named so that a program with start_process has the child's entry, too.
bool child_main_is_linked() noexcept;

/// News of a child for the actor that others wait at.
struct child_greeted {
  static constexpr bool local_only = true;
};
struct child_over {
  static constexpr bool local_only = true;
  exit_reason reason;
};
/// Answered by the first of: its greeting (normal), its end (why).
struct await_greeting {
  static constexpr bool local_only = true;
  using reply = exit_reason;
};
/// Answered by its end.
struct await_end {
  static constexpr bool local_only = true;
  using reply = exit_reason;
};
using child_ref = actor_ref<child_greeted, child_over, await_greeting, await_end>;

/// One child: its pid, its end of the link, its end. A child has ended once its process has been
/// reaped *and* everything it wrote has been read; only then does anybody hear of it.
/// Members without another rule belong to the holder of the reactor.
class child_process : public std::enable_shared_from_this<child_process> {
 public:
  /// Starts it. \throws std::system_error   \thread a worker
  static std::shared_ptr<child_process> start(nodes& all, process_options options);
  ~child_process();

  pid_t pid() const noexcept { return pid_; }                                ///< \thread any
  const std::string& name() const noexcept { return name_; }                 ///< \thread any
  bool is_alive() const noexcept { return !over_.load(); }                   ///< \thread any
  const child_ref& watch() const noexcept { return watch_; }                 ///< \thread any
  address node_actor() const noexcept { return {home_, 0, 1}; }              ///< \thread any
  void signal(int number) noexcept { signal_process(pidfd_copy_, number); }  ///< \thread any
  void stop() noexcept { peer_->finish(); }                                  ///< \thread any

 private:
  child_process(nodes& all, std::string name);
  void begin(const pipe_ends& ends);
  void wait_for_exit();
  void on_exit();
  void on_link_end(const std::string& error);
  void settle_if_over();

  nodes& all_;
  const std::string name_;
  pid_t pid_ = 0;
  int pidfd_copy_ = -1;
  cell* home_ = nullptr;
  peer* peer_ = nullptr;  ///< the nodes own it
  pipe_link* link_ = nullptr;
  child_ref watch_;
  std::atomic<bool> over_{false};
  std::optional<boost::asio::posix::stream_descriptor> pidfd_;
  std::optional<boost::asio::steady_timer> grace_;
  std::optional<exit_reason> exited_;
  bool link_ended_ = false;
  std::string link_error_;
};

}  // namespace troupe::detail
